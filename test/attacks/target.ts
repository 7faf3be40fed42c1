import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Drained } from "onesocket/node";
import { expect } from "vitest";
import { Peer } from "../conformance/peer.ts";
import { Client } from "../helpers/client.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { type ProcessRuntime, startOn } from "../helpers/runtimes.ts";

/** What the target can be told to do; `drain` and `close` on Node only. */
export type Order = "numbers" | "shut" | "open" | "closeAll" | "drain" | "close";

/** What the target knows about itself, after it collected its garbage. */
export interface Numbers {
  /** Bytes that it holds; 0 where it can't know. */
  readonly held: number;
  /** The rooms of its process. */
  readonly rooms: number;
  readonly sockets: number;
  /** Why connections failed since the last time. */
  readonly failed: readonly string[];
}

/** The same, with what the system knows. */
export interface Seen extends Numbers {
  /** TCP connections to its ports, open or not yet gone. */
  readonly connections: number;
}

export type Answer = Numbers | Drained | Record<string, never>;

/** What can be attacked. */
export type AttackedRuntime = ProcessRuntime | "durable";

export const MIB: number = 1 << 20;

/** What may differ between two times of rest: code that was compiled meanwhile, caches, pools. Deno's goes up and down by as much. */
const KEPT: Readonly<Record<AttackedRuntime, number>> = {
  node: 8 * MIB,
  bun: 8 * MIB,
  deno: 24 * MIB,
  durable: 0,
};

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

/** How a server runs, and how it is told what to do. */
interface Running {
  readonly url: string;
  /** On Node; elsewhere "". */
  readonly secureUrl: string;
  /** Orders are posted below it. */
  readonly control: string;
  readonly pid: number;
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

async function startProcess(runtime: ProcessRuntime, handshakeMs: number): Promise<Running> {
  const host = `${import.meta.dirname}/../hosts/attacks/${runtime}.ts`;
  const { url, logs, pid, died, stop } = await startOn(runtime, host, String(handshakeMs));
  const portOf = (name: string) => logs.find((line) => line.startsWith(`${name} `))?.split(" ")[1];
  const secureUrl = runtime === "node" ? `https://127.0.0.1:${portOf("secure")}` : "";
  return { url, secureUrl, control: `http://127.0.0.1:${portOf("control")}`, pid, died, stop };
}

async function startDurable(): Promise<Running> {
  const host = `${import.meta.dirname}/../hosts/attacks/durable.ts`;
  const { url, dispose } = await startWorker(host, { objects: { TARGET: "Target" } });
  const died = new Promise<never>(() => {});
  return { url, secureUrl: "", control: `${url}/control`, pid: lastChild("workerd"), died, stop: dispose };
}

/** The child of this process that runs a program, and was started last. */
function lastChild(program: string): number {
  const ours = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))!;
      return name === program && Number(parent) === process.pid;
    } catch {
      return false;
    }
  });
  return Math.max(...ours.map(Number));
}

const LISTEN = "0A";

/** The TCP connections to a port that some process has open still. */
function connectionsTo(port: string): number {
  const local = `0100007F:${Number(port).toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return rows.filter((row) => {
    const [, address, , state, , , , , , inode] = row.trim().split(/\s+/);
    return address === local && state !== LISTEN && inode !== "0";
  }).length;
}

/** A server in a process of its own, to be attacked. */
export class Target {
  readonly url: string;
  readonly secureUrl: string;
  readonly runtime: AttackedRuntime;
  readonly #running: Running;

  private constructor(runtime: AttackedRuntime, running: Running) {
    this.runtime = runtime;
    this.#running = running;
    this.url = running.url;
    this.secureUrl = running.secureUrl;
  }

  /** @param handshakeMs its limit, on Node; so short that it is waited for, only where it is what is tested */
  static async start(runtime: AttackedRuntime = "node", handshakeMs = 10_000): Promise<Target> {
    const running = await (runtime === "durable" ? startDurable() : startProcess(runtime, handshakeMs));
    return new Target(runtime, running);
  }

  #warm: Promise<void> | undefined;

  /** What V8 takes once, on the way to its working size, is not the attack's: before the first that is weighed. */
  async #warmUp(): Promise<void> {
    const clients = await Promise.all(Array.from({ length: 300 }, () => Client.connect(`${this.url}/echo`)));
    for (let i = 0; i < 20; i++) {
      for (const client of clients) client.send(new Uint8Array(8192));
      for (const client of clients) await client.next();
    }
    await Promise.all(clients.map((client) => client.close()));
  }

  async tell<T extends Answer>(order: Order): Promise<T> {
    const { control, died } = this.#running;
    const response = await Promise.race([fetch(`${control}/${order}`, { method: "POST" }), died]);
    return (await response.json()) as T;
  }

  async numbers(): Promise<Seen> {
    const numbers = await this.tell<Numbers>("numbers");
    const ports = [this.url, this.secureUrl].filter(Boolean).map((url) => new URL(url).port);
    // Where orders come to the same port, one of them is the order's own.
    const own = this.runtime === "durable" ? 1 : 0;
    const connections = ports.reduce((sum, port) => sum + connectionsTo(port), -own);
    return { ...numbers, connections: Math.max(0, connections) };
  }

  /** The numbers once they are as a test expects them; the test's own time is the bound. */
  async until(holds: (numbers: Seen) => boolean): Promise<Seen> {
    for (;;) {
      const numbers = await this.numbers();
      if (holds(numbers)) return numbers;
      await wait(50);
    }
  }

  /**
   * Runs an attack, during which the process may grow by `peak` bytes. Afterwards the server must serve as before, with no
   * connection, socket or room left, and hold as much as before, but for `KEPT`.
   */
  async survives(attack: () => Promise<void>, peak: number): Promise<void> {
    this.#warm ??= this.#warmUp();
    await this.#warm;
    const before = await this.#rested();
    const most = { peak, kept: KEPT[this.runtime] };
    this.#forgetPeak();
    const rss = this.#memory("VmRSS");
    await attack().finally(() => Peer.destroyAll());
    await this.#serves();
    const grown = this.#memory("VmHWM") - rss;
    const kept = (await this.#rested(before.held + most.kept)).held - before.held;
    const line = `peak +${mib(grown)} of ${mib(most.peak)} MiB, kept +${mib(kept)} of ${mib(most.kept)} MiB`;
    if (process.env.ATTACKS_VERBOSE) console.log(`${expect.getState().currentTestName}: ${line}`);
    expect(grown, line).toBeLessThan(most.peak);
    expect(kept, line).toBeLessThanOrEqual(most.kept);
  }

  /** With nothing of any client left; some of Node's own garbage goes only after a while. */
  async #rested(most = Number.POSITIVE_INFINITY): Promise<Seen> {
    // workerd, 2026-11: a reset in the moment of the 101 can leave an object's socket that never closes.
    const kept = this.runtime === "durable" ? 0 : 1;
    let numbers = await this.until(({ connections, sockets, rooms }) => connections + kept * sockets + rooms === 0);
    for (let i = 0; i < 50 && numbers.held > most; i++) {
      await wait(100);
      numbers = await this.numbers();
    }
    return numbers;
  }

  /** A good client is served. */
  async #serves(): Promise<void> {
    const client = await Client.connect(`${this.url}/echo`);
    client.send("still there?");
    expect(await client.next()).toBe("still there?");
    expect(await client.close(1000)).toMatchObject({ code: 1000 });
  }

  /** Linux keeps the highest RSS of each process, and forgets it when told to. */
  #forgetPeak(): void {
    writeFileSync(`/proc/${this.#running.pid}/clear_refs`, "5");
  }

  #memory(name: "VmHWM" | "VmRSS"): number {
    const status = readFileSync(`/proc/${this.#running.pid}/status`, "utf8");
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
  }

  /** Rejects when it has died before. */
  stop(): Promise<void> {
    return this.#running.stop();
  }
}

/** Runs many, a bounded number of them at a time. */
export async function inBatches(count: number, size: number, run: (i: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at += size) {
    await Promise.all(Array.from({ length: Math.min(size, count - at) }, (_, i) => run(at + i)));
  }
}
