/**
 * How long it takes to begin: to import each entry, as it is published, in a process of its own, beyond what an empty
 * process of the same runtime takes; and for a Worker, from the start of workerd to the first 101.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findProgram } from "../src/cli/find-program.ts";
import { bundleWorker, startWorker } from "../test/helpers/miniflare.ts";
import { LoadClient } from "./loads/client.ts";
import { refuse } from "./refuse.ts";
import { median } from "./results.ts";
import { aligned, markdown } from "./table.ts";

const HELP = `npm run bench:startup -- [--runs N] [--only WORD] [--json | --markdown] [--help]

  --runs N     processes for each entry, and half as many Workers; default 15, at most 100
  --only WORD  only what has this word in its runtime or name
  --json       prints data instead of a table
  --markdown   prints the table as Markdown

Takes about half a minute. It imports what \`npm run build\` made.`;

const ROOT = join(import.meta.dirname, "..");

type Runtime = "node" | "bun" | "deno" | "workerd";

/** One thing that is started, and how long that takes in milliseconds; less than one that does nothing is taken off. */
interface Start {
  readonly runtime: Runtime;
  readonly name: string;
  run(): Promise<number>;
}

interface Result {
  readonly runtime: Runtime;
  readonly name: string;
  /** Milliseconds: the median of the runs, without that of an empty process. */
  readonly median: number;
  /** The same of the shortest run: what disturbs only ever makes slower. */
  readonly least: number;
}

/** By runtime: what its processes import. The Worker's entry can only be imported in workerd. */
const ENTRIES: Readonly<Record<Exclude<Runtime, "workerd">, readonly string[]>> = {
  node: ["onesocket", "onesocket/node", "onesocket/hono", "hono", "node:http", "ws", "crossws/adapters/node"],
  bun: ["onesocket", "onesocket/bun", "onesocket/hono", "crossws/adapters/bun"],
  deno: ["onesocket", "onesocket/deno", "onesocket/hono", "crossws/adapters/deno"],
};

const EMPTY = "(empty process)";

function programOf(runtime: keyof typeof ENTRIES): readonly [string, ...string[]] {
  if (runtime === "node") return [process.execPath, "--input-type=module", "--eval"];
  const program = findProgram(runtime, import.meta.filename);
  if (!program) throw new Error(`${runtime} is not installed`);
  return runtime === "bun" ? [program, "--eval"] : [program, "eval"];
}

function importOf(runtime: keyof typeof ENTRIES, name: string): Start {
  const [program, ...flags] = programOf(runtime);
  const source = name === EMPTY ? "export {}" : `import ${JSON.stringify(name)}`;
  return { runtime, name, run: () => timedProcess(program, [...flags, source]) };
}

async function timedProcess(program: string, args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return performance.now() - begun;
}

const WORKERS = { "onesocket/cloudflare": "durable-onesocket.ts", "by hand": "durable-native.ts" } as const;

/** Bundled before, so that only workerd's own work is timed. */
async function workerOf([name, file]: readonly [string, string]): Promise<Start> {
  const bundle = await bundleWorker(join(import.meta.dirname, "servers", file));
  return { runtime: "workerd", name: `${name}: to the first 101`, run: () => timedWorker(bundle) };
}

async function timedWorker(bundle: string): Promise<number> {
  const begun = performance.now();
  const worker = await startWorker(bundle, { objects: { BENCH: "Bench" } });
  const client = await LoadClient.open({ port: Number(new URL(worker.url).port), path: "/" });
  const time = performance.now() - begun;
  client.reset();
  await worker.dispose();
  return time;
}

/** They take turns, so that what disturbs one disturbs all. */
async function measure(starts: readonly Start[], runs: number): Promise<readonly number[][]> {
  const times = starts.map((): number[] => []);
  // The first time fills the caches of the file system.
  for (const { run } of starts) await run();
  for (let turn = 0; turn < runs; turn++) {
    for (const [at, { run }] of starts.entries()) times[at]!.push(await run());
    process.stderr.write(".");
  }
  return times;
}

function resultOf({ runtime, name }: Start, times: readonly number[], empty: readonly number[] = [0]): Result {
  return { runtime, name, median: median(times) - median(empty), least: Math.min(...times) - Math.min(...empty) };
}

async function imports(runtime: keyof typeof ENTRIES, only: string, runs: number): Promise<Result[]> {
  const names = ENTRIES[runtime].filter((name) => `${runtime} ${name}`.includes(only));
  if (names.length === 0) return [];
  if (!existsSync(join(ROOT, "dist")))
    refuse("there is no dist; npm run build makes it, and npm run bench:startup too");
  const starts = [EMPTY, ...names].map((name) => importOf(runtime, name));
  const times = await measure(starts, runs);
  return starts.map((start, at) => resultOf(start, times[at]!, at === 0 ? undefined : times[0]));
}

async function workers(only: string, runs: number): Promise<Result[]> {
  const names = Object.entries(WORKERS).filter(([name]) => `workerd ${name}`.includes(only));
  const starts = await Promise.all(names.map(workerOf));
  const times = await measure(starts, Math.ceil(runs / 2));
  return starts.map((start, at) => resultOf(start, times[at]!));
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "15" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 1 && runs <= 100)) refuse("--runs is 1 to 100");
const results: Result[] = [];
for (const runtime of ["node", "bun", "deno"] as const) results.push(...(await imports(runtime, values.only, runs)));
results.push(...(await workers(values.only, runs)));
process.stderr.write("\n");
if (values.json) console.log(JSON.stringify(results, null, 2));
else {
  const milliseconds = (time: number) => `${time.toFixed(1)} ms`;
  const cells = results.map(({ runtime, name, median, least }) => [
    runtime,
    name,
    milliseconds(median),
    milliseconds(least),
  ]);
  console.log((values.markdown ? markdown : aligned)(["runtime", "import", "median", "least"], cells));
}
