/** What each engine costs that carries rooms between processes: see --help. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { type EngineCosts, type EngineLoad, enginesTable, LOAD_NAMES, type LoadName } from "./engines/costs.ts";
import { ENGINES, type End, type EngineName, type Line, startLine } from "./engines/lines.ts";
import { refuse } from "./refuse.ts";

const HELP = `npm run bench:engines -- [--seconds N] [--rounds N] [--json] [--write] [--help]

What each engine costs that carries rooms between processes of one machine: milliseconds from saying to hearing, and
CPU time of the process that says it, of each that hears it, and of the engine. All engines in turn, round by round.

  --seconds N  of each measurement; default 2, at most 20
  --rounds N   default 5, at most 20; of each figure the median is told
  --json       prints data instead of a table
  --write      keeps them in bench/engines.json, from which docs/more-than-one-machine.md has its table`;

/** Processes at each engine. What PostgreSQL does for a message depends on them all: it is asked with more, too. */
const ENDS = 4;
const MANY_ENDS = 12;

/** Turns a second of each speaker, messages in each; the last ones of the processes hear, and the speakers where `isThere`. */
const LOADS = {
  single: { turns: 500, burst: 1, speakers: 1, others: 1, isThere: true },
  shared: { turns: 500, burst: 1, speakers: 1, others: 3, isThere: true },
  batched: { turns: 200, burst: 100, speakers: 1, others: 1, isThere: true },
  // Where wakings are shared by many messages.
  busy: { turns: 2000, burst: 1, speakers: 3, others: 1, isThere: false },
  crowded: { turns: 2000, burst: 1, speakers: 3, others: 1, isThere: true },
} as const satisfies Record<LoadName, object>;

function options(): { seconds: number; rounds: number; json: boolean; write: boolean } {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "5" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  if (!(seconds > 0 && seconds <= 20)) refuse("--seconds is over 0, and at most 20");
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 20)) refuse("--rounds is 1 to 20");
  return { seconds, rounds, json: values.json, write: values.write };
}

async function measure(line: Line, name: LoadName, seconds: number): Promise<EngineLoad> {
  const load = LOADS[name];
  const speakers = line.ends.slice(0, load.speakers);
  const others = line.ends.slice(-load.others);
  for (const end of line.ends) {
    const on = others.includes(end) || (load.isThere && speakers.includes(end));
    await end.order({ do: "hear", on });
  }
  const phase = async (length: number, quiet: boolean) => {
    const { turns, burst } = load;
    const said = await Promise.all(
      speakers.map((end) => end.order({ do: "say", turns, burst, seconds: length, quiet })),
    );
    // What is on its way comes within that time.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const told = await Promise.all(line.ends.map((end) => end.order({ do: "tell" })));
    return { said: said.reduce((sum, one) => sum + one.said, 0), told };
  };
  await phase(0.2, false);
  const idle = await worked(line, { speakers, others }, () => phase(seconds, true));
  const busy = await worked(line, { speakers, others }, () => phase(seconds, false));
  const { said, told } = busy.result;
  const hears = told.slice(-load.others);
  const lost = said * load.others - hears.reduce((sum, { heard }) => sum + heard, 0);
  if (lost !== 0) throw new Error(`${lost} messages did not come`);
  const spent = (part: keyof typeof busy.cpu, messages: number) => ((busy.cpu[part] - idle.cpu[part]) / messages) * 1e6;
  return {
    p50: Math.max(...hears.map(({ p50 }) => p50)),
    p99: Math.max(...hears.map(({ p99 }) => p99)),
    speaker: spent("speakers", said),
    hearer: spent("others", said * load.others),
    engine: spent("engine", said),
  };
}

interface Parts {
  readonly speakers: readonly End[];
  readonly others: readonly End[];
}

/** What each part of a line took meanwhile. */
async function worked<Result>(line: Line, { speakers, others }: Parts, act: () => Promise<Result>) {
  const sum = (ends: readonly End[]) => ends.reduce((total, end) => total + end.cpu(), 0);
  const read = () => ({ speakers: sum(speakers), others: sum(others), engine: line.cpu() });
  const before = read();
  const result = await act();
  const after = read();
  const cpu = {
    speakers: after.speakers - before.speakers,
    others: after.others - before.others,
    engine: after.engine - before.engine,
  };
  return { result, cpu };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function medianOf(samples: readonly EngineLoad[]): EngineLoad {
  const of = (pick: (load: EngineLoad) => number) => Number(median(samples.map(pick)).toPrecision(3));
  return {
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    speaker: of(({ speaker }) => speaker),
    hearer: of(({ hearer }) => hearer),
    engine: of(({ engine }) => engine),
  };
}

/** Each engine's costs. Rejects when a message was lost. */
export async function engineCosts(seconds: number, rounds: number): Promise<EngineCosts> {
  const lines = new Map<EngineName, Line>();
  const samples = new Map<string, EngineLoad[]>();
  const take = async (key: string, line: Line, load: LoadName) => {
    samples.set(key, [...(samples.get(key) ?? []), await measure(line, load, seconds)]);
  };
  try {
    for (const engine of ENGINES) lines.set(engine, await startLine(engine, ENDS));
    for (let round = 0; round < rounds; round++) {
      for (const load of LOAD_NAMES) {
        for (const [engine, line] of lines) await take(`${engine} ${load}`, line, load);
      }
    }
    await lines.get("postgres")?.stop();
    lines.set("postgres", await startLine("postgres", MANY_ENDS));
    for (let round = 0; round < rounds; round++) await take("many", lines.get("postgres")!, "single");
  } finally {
    await Promise.all([...lines.values()].map((line) => line.stop()));
  }
  const costsOf = (engine: EngineName) =>
    Object.fromEntries(LOAD_NAMES.map((load) => [load, medianOf(samples.get(`${engine} ${load}`)!)]));
  const engines = Object.fromEntries(ENGINES.map((engine) => [engine, costsOf(engine)])) as EngineCosts["engines"];
  return { ends: ENDS, engines, many: { ends: MANY_ENDS, postgres: medianOf(samples.get("many")!) } };
}

if (import.meta.main) {
  const { seconds, rounds, json, write } = options();
  const costs = await engineCosts(seconds, rounds);
  const text = `${JSON.stringify(costs, null, 2)}\n`;
  if (write) writeFileSync(`${import.meta.dirname}/engines.json`, text);
  console.log(json ? text : enginesTable(costs));
  process.exit();
}
