/**
 * onesocket beside others, on this machine: each server in a process of its own, the load in this one. What counts is how
 * much a server does in one second of its own CPU time. Repetitions take turns, so that what disturbs one disturbs all.
 */
import { parseArgs } from "node:util";
import type { Measurement } from "./loads/measurement.ts";
import type { ServerProcess } from "./process.ts";
import { report, reportData, short } from "./report.ts";
import { figureOf, type RowResult } from "./results.ts";
import { ROWS, type Row } from "./rows.ts";
import { type ServerName, start } from "./servers.ts";

const HELP = `npm run bench -- [--rows a,b] [--quick] [--seconds N] [--repeats N] [--json | --markdown] [--help]

  --rows a,b     only these rows
  --quick        short measurements of fewer connections: under two minutes for all, and less certain
  --seconds N    how long each measurement takes; default 0.6, at most 10
  --repeats N    how often each is repeated; default 5, at most 50
  --json         prints one JSON object at the end instead of a table
  --markdown     prints the table as Markdown

Rows:
${ROWS.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`).join("\n")}`;

/** A measurement that takes longer is given up, and everything with it. */
const PATIENCE_MS = 60_000;

interface Options {
  readonly rows: readonly Row[];
  readonly seconds: number;
  readonly repeats: number;
  readonly divisor: number;
  readonly json: boolean;
  readonly markdown: boolean;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      rows: { type: "string" },
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      repeats: { type: "string" },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const { quick, json, markdown } = values;
  const seconds = Number(values.seconds ?? (quick ? 0.2 : 0.6));
  const repeats = Number(values.repeats ?? (quick ? 2 : 5));
  const names = values.rows?.split(",") ?? ROWS.map(({ name }) => name);
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) refuse(`there is no row ${unknown}; --help lists them`);
  if (!(seconds > 0 && seconds <= 10)) refuse("--seconds is over 0, and at most 10");
  if (!(Number.isInteger(repeats) && repeats >= 1 && repeats <= 50)) refuse("--repeats is 1 to 50");
  const rows = ROWS.filter(({ name }) => names.includes(name));
  return { rows, seconds, repeats, divisor: quick ? 8 : 1, json, markdown };
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

/** On standard error, so that what is printed at the end is the result alone. */
function progress(text: string): void {
  process.stderr.write(text);
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The servers of one row, started when they are first needed. */
class Servers {
  readonly #row: Row;
  readonly #running = new Map<ServerName, ServerProcess>();

  constructor(row: Row) {
    this.#row = row;
  }

  async get(name: ServerName): Promise<ServerProcess> {
    if (this.#row.fresh) await this.#end(name);
    const server = this.#running.get(name) ?? (await start(name, this.#row.words ?? []));
    this.#running.set(name, server);
    return server;
  }

  async #end(name: ServerName): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  async stop(): Promise<void> {
    for (const name of this.#row.servers) await this.#end(name);
  }
}

async function measureRow(row: Row, { seconds, repeats, divisor }: Options): Promise<RowResult> {
  const measured = new Map<ServerName, Measurement[]>(row.servers.map((name) => [name, []]));
  const servers = new Servers(row);
  const measure = async (name: ServerName, duration: number) => {
    const server = await servers.get(name);
    return await within(row.measure(server, { seconds: duration, divisor }), `${row.name} of ${name}`);
  };
  try {
    // Once to warm up what stays.
    if (!row.fresh) for (const name of row.servers) await measure(name, seconds / 2);
    for (let turn = 0; turn < repeats; turn++) {
      for (let at = 0; at < row.servers.length; at++) {
        // Another one is the first each time.
        const name = row.servers[(turn + at) % row.servers.length]!;
        const measurement = await measure(name, seconds);
        measured.get(name)!.push(measurement);
        progress(` ${name} ${short(figureOf(row.figure, measurement))}`);
      }
    }
  } finally {
    await servers.stop();
  }
  return { row, measured };
}

async function run(chosen: Options): Promise<void> {
  const begun = performance.now();
  const results: RowResult[] = [];
  for (const [at, row] of chosen.rows.entries()) {
    progress(`[${at + 1}/${chosen.rows.length}] ${row.name}:`);
    results.push(await measureRow(row, chosen));
    progress("\n");
  }
  progress(`${Math.round((performance.now() - begun) / 1000)} s\n\n`);
  console.log(chosen.json ? JSON.stringify(reportData(results), null, 2) : report(results, chosen.markdown));
}

await run(options());
