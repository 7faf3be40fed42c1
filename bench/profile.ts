import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./rows.ts";
import { type ServerName, start } from "./servers.ts";

/** Where the time of a function went that is on top of the stack. */
export type Owner = "onesocket" | "bench" | "node" | "native" | "GC" | "other";

/** What is on top of the stack, and how much of the CPU time of the process, from its start to its end. */
export interface Spent {
  readonly name: string;
  readonly owner: Owner;
  readonly part: number;
}

/** A .cpuprofile as V8's inspector protocol describes it (Profiler.Profile), as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** V8 takes the time for idle in which libuv polls and reads, before it calls anything: known from the CPU time alone. */
const POLLING = "(polling and reading in libuv, other threads)";

/** Profiles a row's first server while it is under the row's load for so many seconds. Only what runs in Node can be. */
export async function profile(row: Row, seconds: number): Promise<readonly Spent[]> {
  const folder = mkdtempSync(join(tmpdir(), "onesocket-profile-"));
  try {
    const cpu = await underLoad(row, row.servers[0]!, seconds, [`--cpu-prof-dir=${folder}`, "--cpu-prof-interval=500"]);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error("the server wrote no profile");
    return condensed(JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile, cpu);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function underLoad(row: Row, name: ServerName, seconds: number, flags: readonly string[]): Promise<number> {
  const server = await start(name, row.words ?? [], { more: ["--cpu-prof", ...flags] });
  try {
    await row.measure(server, { seconds, divisor: 1 }, name);
    return server.cpuSeconds();
  } finally {
    await server.stop();
  }
}

function condensed({ nodes, samples, timeDeltas }: CpuProfile, cpu: number): Spent[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, { owner: Owner; time: number }>();
  let busy = 0;
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id)!;
    if (frame.functionName === "(idle)") continue;
    const name = nameOf(frame);
    const one = spent.get(name) ?? { owner: ownerOf(frame), time: 0 };
    one.time += timeDeltas[at]!;
    busy += timeDeltas[at]!;
    spent.set(name, one);
  }
  const total = Math.max(cpu * 1e6, busy);
  spent.set(POLLING, { owner: "native", time: total - busy });
  return [...spent]
    .map(([name, { owner, time }]) => ({ name, owner, part: time / total }))
    .sort((a, b) => b.part - a.part);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName || "(anonymous)";
  return url === "" ? name : `${name} ${url.replace(/^.*\//, "")}:${lineNumber + 1}`;
}

/** What has no file is native: a system call, a part of V8, or with (program) what is done outside of any function. */
function ownerOf({ functionName, url }: Frame): Owner {
  if (functionName === "(garbage collector)") return "GC";
  if (url === "") return "native";
  // Node strips types with WebAssembly.
  if (/^(node|wasm):/.test(url)) return "node";
  if (url.includes("/node_modules/")) return "other";
  return url.includes("/bench/") ? "bench" : "onesocket";
}
