import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Limits } from "onesocket";
import { afterEach, describe, expect, it } from "vitest";
import { Peer } from "../conformance/peer.ts";
import { frame, TEXT } from "../conformance/wire.ts";
import type { Flood, Line } from "./flooder.ts";
import { MIB } from "./target.ts";

const ROOT = join(import.meta.dirname, "../..");
const FLAG = "--conditions=onesocket-source";
const COMMANDS = {
  node: ["node", "--expose-gc", FLAG],
  bun: ["bun", FLAG],
  deno: ["deno", "run", "-A", "--no-check", FLAG],
} as const;

type Runtime = keyof typeof COMMANDS;

const running = new Set<Flooder>();

afterEach(async () => {
  Peer.destroyAll();
  await Promise.all([...running].map((flooder) => flooder.stop()));
});

/** A server that floods, in a process of its own whose memory is watched. */
class Flooder {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  #wake = Promise.withResolvers<void>();

  private constructor(runtime: Runtime, limits: Partial<Limits>) {
    const [command, ...flags] = COMMANDS[runtime];
    const args = [...flags, join(import.meta.dirname, "flooder.ts"), runtime, JSON.stringify(limits)];
    this.#child = spawn(join(ROOT, "node_modules/.bin", command), args, { stdio: ["ignore", "pipe", "inherit"] });
    createInterface(this.#child.stdout!).on("line", (line) => {
      this.lines.push(JSON.parse(line));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
    running.add(this);
  }

  static async start(runtime: Runtime, limits: Partial<Limits>): Promise<Flooder> {
    const flooder = new Flooder(runtime, limits);
    await flooder.until(() => flooder.lines.length > 0);
    return flooder;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#wake.promise;
  }

  get failures(): readonly Extract<Line, { failed: string }>[] {
    return this.lines.filter((line) => "failed" in line);
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.lines[0] as { ready: number }).ready}`;
  }

  async open(name: string): Promise<Peer> {
    return Peer.open(this.#url, { path: `/?name=${name}` });
  }

  /** Some who never read. */
  async deaf(...names: readonly string[]): Promise<Peer[]> {
    const peers = await Promise.all(names.map((name) => this.open(name)));
    for (const { socket } of peers) socket.pause();
    return peers;
  }

  /** Floods, and tells by how many bytes the process grew meanwhile at most. */
  async flood(flood: Flood): Promise<number> {
    const speaker = await this.open("speaker");
    writeFileSync(`/proc/${this.#pid}/clear_refs`, "5");
    const before = this.#memory("VmRSS");
    speaker.write(frame(TEXT, JSON.stringify(flood)));
    await this.until(() => this.lines.some((line) => "flooded" in line));
    return this.#memory("VmHWM") - before;
  }

  /** The runtime's own: npm's shim may stand before it. */
  get #pid(): number {
    const children = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, "utf8").trim();
    return children ? Number(children.split(" ")[0]) : this.#child.pid!;
  }

  #memory(name: "VmHWM" | "VmRSS"): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
  }

  async stop(): Promise<void> {
    running.delete(this);
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    process.kill(this.#pid, "SIGKILL");
    await exit;
  }
}

/** Bun has a broadcast of its own; on the others a room sends to each. */
const KINDS = [
  { runtime: "node", bytes: 1 },
  { runtime: "node", bytes: 0 },
  { runtime: "bun", bytes: 1 },
  { runtime: "bun", bytes: 1, room: true },
  { runtime: "bun", bytes: 0 },
  { runtime: "deno", bytes: 1 },
  { runtime: "deno", bytes: 1, room: true },
  { runtime: "deno", bytes: 0 },
] as const;

describe("someone who never reads", () => {
  it.each(KINDS)(
    "costs little more than limits.bufferedBytes, however small the messages: %o",
    async ({ runtime, ...kind }) => {
      // Each by itself a pending one takes 180 (Node) or 870 bytes (Deno) of a runtime's memory, and counts as one or none.
      const flooder = await Flooder.start(runtime, { bufferedBytes: MIB });
      await flooder.deaf("deaf");
      const grown = await flooder.flood({ ...kind, perTurn: 2, turns: 400_000 });
      expect(grown).toBeLessThan(32 * MIB);
      expect(flooder.failures).toEqual([{ failed: "SLOW_CONSUMER", name: "deaf" }]);
    },
  );
});

const TURNS = 640;

describe("many who never read", () => {
  it.each([
    { runtime: "node", room: false },
    { runtime: "bun", room: false },
    { runtime: "bun", room: true },
    { runtime: "deno", room: false },
  ] as const)(
    "cost no more than limits.bufferedTotal: the slowest is closed first, and who reads hears everything: %o",
    async ({ runtime, room }) => {
      const flooder = await Flooder.start(runtime, { bufferedTotal: 16 * MIB, bufferedBytes: 64 * MIB });
      const deaf = await flooder.deaf("twice", ...Array.from({ length: 11 }, () => "deaf"));
      const reader = await flooder.open("reader");
      let heard = 0;
      reader.socket.removeAllListeners("data").on("data", ({ length }: Buffer) => {
        heard += length;
      });
      // Each would have 40 MiB waiting, 480 in all. What a runtime keeps of garbage is beside what waits: up to 150 MiB on Bun 1.4.5.
      const grown = await flooder.flood({ bytes: 16_384, perTurn: 4, turns: TURNS, room });
      expect(grown).toBeLessThan(240 * MIB);
      expect(new Set(flooder.failures.map(({ failed }) => failed))).toEqual(new Set(["SLOW_CONSUMER"]));
      expect(flooder.failures.length).toBeGreaterThan(2);
      if (!room) expect(flooder.failures[0]!.name).toBe("twice");
      expect(flooder.failures.every(({ name }) => name === "deaf" || name === "twice")).toBe(true);
      while (heard < 4 * TURNS * 16_384) await once(reader.socket, "data");
      for (const peer of deaf) peer.destroy();
    },
  );

  it("cost no more than 1.2 times limits.bufferedTotal on Node, however small the messages, but for its garbage", async () => {
    const flooder = await Flooder.start("node", { bufferedTotal: 32 * MIB, bufferedBytes: 512 * MIB });
    await flooder.deaf(...Array.from({ length: 20 }, () => "deaf"));
    // Frames of three bytes, 60 MB in all. When Node collects its garbage is its own affair: what it holds is weighed without.
    const grown = await flooder.flood({ bytes: 1, perTurn: 200, turns: 5000, weighEvery: 250 });
    const [before = 0, ...held] = flooder.lines.flatMap((line) => ("held" in line ? [line.held] : []));
    expect(held.length).toBe(20);
    expect(Math.max(...held) - before).toBeLessThan(1.2 * 32 * MIB);
    expect(grown).toBeLessThan(1.2 * 32 * MIB + 24 * MIB);
    expect(new Set(flooder.failures.map(({ failed }) => failed))).toEqual(new Set(["SLOW_CONSUMER"]));
  });
});
