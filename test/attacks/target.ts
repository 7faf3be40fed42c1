import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Drained } from "onesocket/node";
import { expect } from "vitest";
import { Peer } from "../conformance/peer.ts";
import { Client } from "../helpers/client.ts";

/** What the target can be told to do. */
export type Order = "numbers" | "shut" | "open" | "closeAll" | "drain" | "close";

/** What the target knows about itself, after it collected its garbage. */
export interface Numbers {
  /** Bytes that it holds. */
  readonly held: number;
  readonly rooms: number;
  readonly sockets: number;
  /** TCP connections, open or not yet gone. */
  readonly connections: number;
  /** Why connections failed since the last time. */
  readonly failed: readonly string[];
}

export type Answer = Numbers | Drained | Record<string, never>;

export const MIB: number = 1 << 20;

/** What may differ between two times of rest: code that was compiled meanwhile, caches, pools. */
const KEPT = 8 * MIB;

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

/** A server in a process of its own, to be attacked. */
export class Target {
  readonly url: string;
  readonly secureUrl: string;
  readonly #child: ChildProcess;
  #orders = 0;

  private constructor(child: ChildProcess, { plain, secure }: { plain: number; secure: number }) {
    this.#child = child;
    this.url = `http://127.0.0.1:${plain}`;
    this.secureUrl = `https://127.0.0.1:${secure}`;
  }

  /** @param handshakeMs its limit; so short that it is waited for, only where it is what is tested */
  static async start(handshakeMs = 10_000): Promise<Target> {
    const child = fork(`${import.meta.dirname}/host.ts`, [String(handshakeMs)], {
      execArgv: ["--conditions=onesocket-source", "--expose-gc"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [ports] = await once(child, "message");
    const target = new Target(child, ports as { plain: number; secure: number });
    await target.#warmUp();
    return target;
  }

  /** What V8 takes once, on the way to its working size, is not the attack's. */
  async #warmUp(): Promise<void> {
    const clients = await Promise.all(Array.from({ length: 300 }, () => Client.connect(`${this.url}/echo`)));
    for (let i = 0; i < 20; i++) {
      for (const client of clients) client.send(new Uint8Array(8192));
      for (const client of clients) await client.next();
    }
    await Promise.all(clients.map((client) => client.close()));
  }

  async tell<T extends Answer>(order: Order): Promise<T> {
    const id = this.#orders++;
    const answer = new Promise<T>((resolve, reject) => {
      const exited = () => reject(new Error("the target died"));
      const take = (message: unknown) => {
        const { id: of, answer } = message as { id: number; answer: T };
        if (of !== id) return;
        this.#child.off("message", take).off("exit", exited);
        resolve(answer);
      };
      this.#child.on("message", take).on("exit", exited);
    });
    this.#child.send({ id, order });
    return answer;
  }

  numbers(): Promise<Numbers> {
    return this.tell("numbers");
  }

  /** The numbers once they are as a test expects them; the test's own time is the bound. */
  async until(holds: (numbers: Numbers) => boolean): Promise<Numbers> {
    for (;;) {
      const numbers = await this.numbers();
      if (holds(numbers)) return numbers;
      await wait(50);
    }
  }

  /**
   * Runs an attack, during which the process may grow by `most` bytes. Afterwards the server must serve as before, with no
   * connection, socket or room left, and hold as much as before, but for `KEPT`.
   */
  async survives(attack: () => Promise<void>, most: number): Promise<void> {
    const before = await this.#rested();
    this.#forgetPeak();
    const rss = this.#memory("VmRSS");
    await attack().finally(() => Peer.destroyAll());
    await this.#serves();
    const peak = this.#memory("VmHWM") - rss;
    const kept = (await this.#rested(before.held + KEPT)).held - before.held;
    const line = `peak +${mib(peak)} of ${mib(most)} MiB, kept +${mib(kept)} of ${mib(KEPT)} MiB`;
    if (process.env.ATTACKS_VERBOSE) console.log(`${expect.getState().currentTestName}: ${line}`);
    expect(peak, line).toBeLessThan(most);
    expect(kept, line).toBeLessThan(KEPT);
  }

  /** With nothing of any client left; some of Node's own garbage goes only after a while. */
  async #rested(most = Number.POSITIVE_INFINITY): Promise<Numbers> {
    let numbers = await this.until(({ connections, sockets, rooms }) => connections + sockets + rooms === 0);
    for (let i = 0; i < 50 && numbers.held >= most; i++) {
      await wait(100);
      numbers = await this.numbers();
    }
    return numbers;
  }

  /** A good client is served, over both ports. */
  async #serves(): Promise<void> {
    const client = await Client.connect(`${this.url}/echo`);
    client.send("still there?");
    expect(await client.next()).toBe("still there?");
    expect(await client.close(1000)).toMatchObject({ code: 1000 });
  }

  /** Linux keeps the highest RSS of each process, and forgets it when told to. */
  #forgetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, "5");
  }

  #memory(name: "VmHWM" | "VmRSS"): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
