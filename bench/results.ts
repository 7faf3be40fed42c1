import type { Latency } from "./loads/latency.ts";
import type { Measurement } from "./loads/measurement.ts";
import { type Figure, GOALS, type Goal, type Row } from "./rows.ts";
import type { ServerName } from "./servers.ts";

/** All measurements of one row, by server, in the order of their repetitions. */
export interface RowResult {
  readonly row: Row;
  readonly measured: ReadonlyMap<ServerName, readonly Measurement[]>;
  /** How many runs they are of, each as long as the others. */
  readonly runs: number;
}

/** Several runs of the same rows as one. */
export function joined(runs: readonly (readonly RowResult[])[]): RowResult[] {
  return runs[0]!.map(({ row }, at) => {
    const all = (name: ServerName) => runs.flatMap((results) => results[at]!.measured.get(name) ?? []);
    return { row, measured: new Map(row.servers.map((name) => [name, all(name)])), runs: runs.length };
  });
}

/** One line of the table. */
export interface Line {
  readonly row: string;
  readonly server: ServerName;
  /** The median of the repetitions. */
  readonly figure: number;
  readonly unit: Figure;
  /** Half of the distance from the least to the greatest, as a part of the median. */
  readonly spread: number;
  /** The same things by the clock, in each second. */
  readonly perSecond: number;
  /** How busy the server's process was: 1 is one core. */
  readonly cores: number;
  /** The median of ours divided by this one, of the same repetition. */
  readonly ours: number;
  /** The same of each run. */
  readonly oursInRuns: readonly number[];
  /** Where the ratio lies, by all repetitions. */
  readonly between: Interval;
  /** Of the calmest repetition; only where messages were sent at a fixed rate. */
  readonly latency?: Latency;
  /** Our p99 divided by this one's. */
  readonly oursAtP99?: number;
}

/** From the least to the greatest. */
export type Interval = readonly [least: number, greatest: number];

/** What became of a goal. */
export interface Reached extends Goal {
  readonly ratio: number;
  /** The same of each run. */
  readonly ratios: readonly number[];
  /** Where the ratio lies, by all repetitions. */
  readonly between: Interval;
  /** In each run. */
  readonly reached: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Where the median of all that could be measured lies, 19 times of 20: between the values of such ranks, whatever their distribution.
 * Of fewer than six values, between the least and the greatest, less often.
 */
export function between(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(0, Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2));
  return [sorted[rank]!, sorted.at(-1 - rank)!];
}

/** The figure of one measurement. */
export function figureOf(unit: Figure, { count, seconds, cpu, bytes = 0, latency }: Measurement): number {
  if (unit === "per CPU second") return count / cpu;
  if (unit === "CPU ms") return (cpu * 1000) / count;
  if (unit === "p50") return latency?.p50 ?? Number.NaN;
  return unit === "ms" ? seconds * 1000 : bytes / count;
}

type Read = (measurement: Measurement) => number;

function figures({ measured }: RowResult, server: ServerName, read: Read): readonly number[] {
  return (measured.get(server) ?? []).map(read);
}

/** Both were measured one soon after the other, so that what disturbed one mostly disturbed both. */
function ratios(result: RowResult, { ours, other, is }: Compared, read: Read): number[] {
  const others = figures(result, other, read);
  return figures(result, ours, read).map((figure, at) =>
    is === "KiB over" ? (figure - others[at]!) / 1024 : figure / others[at]!,
  );
}

type Compared = Pick<Goal, "ours" | "other" | "is">;

/** The median of each run's. */
function inRuns(all: readonly number[], runs: number): number[] {
  const each = all.length / runs;
  return Array.from({ length: runs }, (_, run) => median(all.slice(run * each, (run + 1) * each)));
}

/** The repetition in which the load itself was least late: other work on the machine spoils tails first of all. */
function calmest({ measured }: RowResult, server: ServerName): Latency | undefined {
  const all = (measured.get(server) ?? []).flatMap(({ latency }) => latency ?? []);
  return all.sort((a, b) => a.lag - b.lag)[0];
}

function latencyOf(result: RowResult, server: ServerName): Pick<Line, "latency" | "oursAtP99"> {
  const [ours, latency] = [calmest(result, result.row.servers[0]!), calmest(result, server)];
  return ours && latency ? { latency, oursAtP99: ours.p99 / latency.p99 } : {};
}

export function linesOf(result: RowResult): Line[] {
  const { row, measured } = result;
  const read: Read = (measurement) => figureOf(row.figure, measurement);
  return row.servers.map((server) => {
    const all = figures(result, server, read);
    const figure = median(all);
    const measurements = measured.get(server) ?? [];
    const ours = ratios(result, { ours: row.servers[0]!, other: server }, read);
    return {
      row: row.name,
      server,
      figure,
      unit: row.figure,
      spread: (Math.max(...all) - Math.min(...all)) / 2 / figure,
      perSecond: median(measurements.map(({ count, seconds }) => count / seconds)),
      cores: median(measurements.map(({ cpu, seconds }) => cpu / seconds)),
      ours: median(ours),
      oursInRuns: inRuns(ours, result.runs),
      between: between(ours),
      ...latencyOf(result, server),
    };
  });
}

/** The goals of the rows that were measured. */
export function goalsOf(results: readonly RowResult[]): Reached[] {
  return GOALS.flatMap((goal) => {
    const result = results.find(({ row }) => row.name === goal.row);
    if (!result) return [];
    const read: Read = (measurement) => figureOf(result.row.figure, measurement);
    const all = ratios(result, goal, read);
    const each = inRuns(all, result.runs);
    const reached = each.every((found) => found >= (goal.least ?? 0) && found <= (goal.most ?? Infinity));
    return [{ ...goal, ratio: median(all), ratios: each, between: between(all), reached }];
  });
}
