import type { Owner, Spent } from "./profile.ts";
import type { Interval, Line, Reached, RowResult } from "./results.ts";
import { goalsOf, linesOf } from "./results.ts";
import type { Figure } from "./rows.ts";
import { aligned, type Cells, markdown } from "./table.ts";

/** 1234567 as `1.23 M`: three digits are more than the spread leaves certain. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  return value >= 1e4
    ? `${Math.round(value / 1e3)} k`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toPrecision(3);
}

/** With its unit. */
export function withUnit(figure: number, unit: Figure): string {
  if (unit === "bytes") return `${(figure / 1024).toFixed(2)} KiB`;
  if (unit === "p50") return duration(figure);
  if (unit === "CPU ms") return `${figure.toFixed(1)} CPU ms`;
  return unit === "ms" ? `${figure.toFixed(0)} ms` : `${short(figure)}/CPU s`;
}

/** Milliseconds, as microseconds where those are few. */
function duration(milliseconds: number): string {
  return milliseconds < 1 ? `${(milliseconds * 1000).toFixed(0)} µs` : `${milliseconds.toPrecision(3)} ms`;
}

/** One figure, or those of several runs. */
function inRuns(all: readonly number[]): string {
  return all.map((ratio) => ratio.toFixed(2)).join(" / ");
}

function interval([least, greatest]: Interval): string {
  return `${least.toFixed(2)}–${greatest.toFixed(2)}`;
}

function goalText({ least, most, other, is }: Reached): string {
  return `${least === undefined ? `≤ ${most}` : `≥ ${least}`} ${is ?? "×"} ${other}`;
}

/** By how much, in percent of the goal. */
function distance({ least, most, ratio }: Reached): string {
  const wanted = least ?? most ?? 1;
  const percent = Math.round((ratio / wanted - 1) * 100);
  return `${percent >= 0 ? "+" : "−"}${Math.abs(percent)} %`;
}

const HEAD: Cells = ["load", "server", "figure", "±", "by the clock", "cores", "ours ÷ it", "between"];

function lineCells(line: Line, first: boolean): Cells {
  const timed = line.unit === "per CPU second" || line.unit === "p50";
  const perSecond = timed ? `${short(line.perSecond)}/s` : "";
  const figure = withUnit(line.figure, line.unit);
  const spread = `${Math.round(line.spread * 100)} %`;
  return [
    first ? line.row : "",
    line.server,
    figure,
    spread,
    perSecond,
    line.cores.toFixed(2),
    inRuns(line.oursInRuns),
    interval(line.between),
  ];
}

const LATENCY_HEAD: Cells = ["latency", "server", "p50", "p99", "p99.9", "p99 of the load's lag", "ours ÷ it at p99"];

/** Of the lines that have one. */
function latencyCells(lines: readonly Line[]): Cells[] {
  return lines.flatMap(({ row, server, latency, oursAtP99 = 0 }, at) => {
    if (!latency) return [];
    const { p50, p99, p999, lag } = latency;
    return [[at === 0 ? row : "", server, ...[p50, p99, p999, lag].map(duration), oursAtP99.toFixed(2)]];
  });
}

const GOAL_HEAD: Cells = ["load", "goal", "measured", "between", "", "against the goal"];

function goalCells(goal: Reached): Cells {
  const verdict = goal.reached ? "reached" : "missed";
  return [goal.row, goalText(goal), inRuns(goal.ratios), interval(goal.between), verdict, distance(goal)];
}

/** The table, the latencies, and what became of the goals. */
export function report(results: readonly RowResult[], asMarkdown: boolean): string {
  const table = asMarkdown ? markdown : aligned;
  const lines = results.map(linesOf);
  const figures = lines.flatMap((row) => row.map((line, at) => lineCells(line, at === 0)));
  const tables: [Cells, readonly Cells[]][] = [
    [HEAD, figures],
    [LATENCY_HEAD, lines.flatMap(latencyCells)],
    [GOAL_HEAD, goalsOf(results).map(goalCells)],
  ];
  return tables
    .filter(([, rows]) => rows.length > 0)
    .map(([head, rows]) => table(head, rows))
    .join("\n\n");
}

/** The same as data. */
export function reportData(results: readonly RowResult[]): object {
  return { lines: results.flatMap(linesOf), goals: goalsOf(results) };
}

const OWNERS: Readonly<Record<Owner, string>> = {
  onesocket: "onesocket",
  bench: "the server's own file",
  node: "Node's JavaScript",
  native: "native: V8, libuv, system calls",
  GC: "garbage collection",
  other: "other packages",
};

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;

/** A profile: what each owner's functions took, and the functions that took most. */
export function profileReport(spent: readonly Spent[], asMarkdown: boolean): string {
  const table = asMarkdown ? markdown : aligned;
  const owners = Object.entries(OWNERS)
    .map(([owner, title]) => ({
      title,
      part: spent.reduce((sum, one) => sum + (one.owner === owner ? one.part : 0), 0),
    }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part);
  return [
    table(
      ["where", "of the CPU time"],
      owners.map(({ title, part }) => [title, percent(part)]),
    ),
    table(
      ["function", "whose", "by itself"],
      spent.slice(0, MOST).map(({ name, owner, part }) => [name, owner, percent(part)]),
    ),
  ].join("\n\n");
}

/** Functions of a profile that are told. */
const MOST = 16;
