/**
 * onesocket beside others, on this machine: each server in a process of its own, the load in this one. What counts is how
 * much a server does in one second of its own CPU time. Repetitions take turns, so that what disturbs one disturbs all.
 */
import { echo } from "./loads/echo.ts";
import type { Measurement } from "./loads/measurement.ts";
import { type Options, options } from "./options.ts";
import type { ServerProcess } from "./process.ts";
import { profile } from "./profile.ts";
import { profileReport, report, reportData, short, withUnit } from "./report.ts";
import { figureOf, joined, type RowResult } from "./results.ts";
import { FULL_LOAD, isClose, type Row } from "./rows.ts";
import { type ServerName, start } from "./servers.ts";

/** A measurement that takes longer is given up, and everything with it. */
const PATIENCE_MS = 60_000;

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
  readonly #chosen: Options;
  readonly #running = new Map<ServerName, ServerProcess>();

  constructor(row: Row, chosen: Options) {
    this.#row = row;
    this.#chosen = chosen;
  }

  async get(name: ServerName): Promise<ServerProcess> {
    if (this.#row.fresh) await this.#end(name);
    const server = this.#running.get(name) ?? (await this.#start(name));
    this.#running.set(name, server);
    return server;
  }

  #start(name: ServerName): Promise<ServerProcess> {
    const { words = [], flags = [] } = this.#row;
    return start(name, words, { more: flags, ...this.#chosen });
  }

  async #end(name: ServerName): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  async stop(): Promise<void> {
    for (const name of this.#running.keys()) await this.#end(name);
  }
}

/** Messages per second: half of what the slowest of these does when it waits for each echo. */
async function halfRate(names: readonly ServerName[], servers: Servers, seconds: number): Promise<number> {
  const rates: number[] = [];
  for (const name of names) {
    const server = await servers.get(name);
    // The first time makes it warm.
    await echo(server, FULL_LOAD, { seconds, divisor: 1 });
    const { count, seconds: time } = await echo(server, FULL_LOAD, { seconds, divisor: 1 });
    rates.push(count / time);
  }
  const half = Math.min(...rates) / 2;
  progress(` ${short(half)}/s;`);
  return half;
}

/** What an engine needs to have compiled all that a message takes, where more or less of it is a few percent. */
const WARM_SECONDS = 1;

/** How often each server of a row is measured, and for how long. */
interface Turns {
  readonly count: number;
  readonly seconds: number;
  /** After so many, servers are started anew: two processes of the same program may differ by five percent as long as they live. */
  readonly each: number;
  /** Seconds of load that they have then, before they are measured. */
  readonly warm: number;
}

/** Where servers differ by less than what disturbs a turn, many short ones of several processes say more than few long ones. */
function turnsOf({ name, repeats: most = Infinity, times = 1 }: Row, { repeats, seconds, closely }: Options): Turns {
  const count = Math.min(repeats, most);
  if (closely === 1) return { count, seconds, each: count, warm: seconds / 2 };
  if (!isClose(name)) return { count: count * times, seconds, each: count, warm: seconds / 2 };
  return { count: count * closely, seconds: seconds / 2, each: closely, warm: Math.max(WARM_SECONDS, seconds) };
}

async function measureRow(row: Row, chosen: Options): Promise<RowResult> {
  const { divisor } = chosen;
  const turns = turnsOf(row, chosen);
  const measured = new Map<ServerName, Measurement[]>(row.servers.map((name) => [name, []]));
  const servers = new Servers(row, chosen);
  let rate: number | undefined;
  const measure = async (name: ServerName, duration: number, divisor: number) => {
    const server = await servers.get(name);
    const amount = { seconds: duration, divisor, ...(rate && { rate }) };
    return await within(row.measure(server, amount, name), `${row.name} of ${name}`);
  };
  const renew = async () => {
    await servers.stop();
    if (row.fresh) return;
    for (const name of row.servers) {
      if (row.warm) await within(row.warm(await servers.get(name), divisor), `${name}, warming up,`);
      else await measure(name, turns.warm, 10);
    }
  };
  try {
    if (row.halfOf) rate = await halfRate(row.halfOf, servers, turns.seconds);
    for (let turn = 0; turn < turns.count; turn++) {
      if (turn % turns.each === 0) await renew();
      for (let at = 0; at < row.servers.length; at++) {
        // Another one is the first each time.
        const name = row.servers[(turn + at) % row.servers.length]!;
        const measurement = await measure(name, turns.seconds, divisor);
        measured.get(name)!.push(measurement);
        progress(` ${name} ${withUnit(figureOf(row.figure, measurement), row.figure)}`);
      }
    }
  } finally {
    await servers.stop();
  }
  return { row, measured, runs: 1 };
}

async function runOnce(chosen: Options): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const [at, row] of chosen.rows.entries()) {
    progress(`[${at + 1}/${chosen.rows.length}] ${row.name}:`);
    results.push(await measureRow(row, chosen));
    progress("\n");
  }
  return results;
}

async function run(chosen: Options): Promise<void> {
  const begun = performance.now();
  const runs: RowResult[][] = [];
  for (let at = 1; at <= chosen.runs; at++) {
    if (chosen.runs > 1) progress(`run ${at} of ${chosen.runs}\n`);
    runs.push(await runOnce(chosen));
  }
  const results = joined(runs);
  progress(`${Math.round((performance.now() - begun) / 1000)} s\n\n`);
  console.log(chosen.json ? JSON.stringify(reportData(results), null, 2) : report(results, chosen.markdown));
}

async function runProfile(row: Row, { seconds, json, markdown }: Options): Promise<void> {
  const spent = await profile(row, seconds);
  console.log(json ? JSON.stringify(spent, null, 2) : profileReport(spent, markdown));
}

const chosen = options();
await (chosen.profiled ? runProfile(chosen.profiled, chosen) : run(chosen));
