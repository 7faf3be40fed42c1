import type { Step } from "../explanation.ts";

/** Columns between the two sides. */
const WIDTH = 68;

/** As much of what was done is always shown. */
const LEAST = 12;

/** More steps are left out in the middle. */
const MOST = 60;
const LAST = 20;

/** What two sides did, as a drawing: one line a step, an arrow from the side that did it to the other. */
export function timeline(steps: readonly Step[]): readonly string[] {
  const clock = steps.some(({ ms }) => ms !== null);
  const margin = clock ? 13 : 2;
  const left = steps.length - MOST;
  const rows = steps.map((step) => row(step, clock));
  const middle = `${" ".repeat(margin)}│${`… ${left} more …`.padStart(WIDTH / 2 + 8).padEnd(WIDTH)}│`;
  const shown = left > 0 ? [...rows.slice(0, MOST - LAST), middle, ...rows.slice(-LAST)] : rows;
  return [`${" ".repeat(margin)}client${" ".repeat(WIDTH - 10)}server`, ...shown];
}

function row({ ms, by, what, codes }: Step, clock: boolean): string {
  const time = clock ? `${(ms === null ? "" : shownTime(ms)).padStart(12)} ` : "  ";
  const fault = codes.length > 0 ? ` ✗ ${codes.join(" ")}` : "";
  // Codes are never cut: where there are many the row is wider.
  const text = cut(what, Math.max(LEAST, WIDTH - 6 - fault.length)) + fault;
  const line = "─".repeat(Math.max(1, WIDTH - 5 - text.length));
  return time + (by === "client" ? `├─ ${text} ${line}▶│` : `│◀${line} ${text} ─┤`);
}

function shownTime(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** In one line of at most so many columns. */
function cut(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, Math.max(0, most - 1))}…` : line;
}
