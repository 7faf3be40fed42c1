import type { Cause, Explanation } from "../explanation.ts";
import type { ExplainReport } from "../report.ts";
import { title } from "./text.ts";
import { timeline } from "./timeline.ts";

/** The report to be pasted into an issue. */
export function markdown({ explanations, unknownLines }: ExplainReport): string {
  const sources = new Set(explanations.map(({ source }) => source));
  const parts = explanations.map((one) => explained(one, sources.size > 1));
  const rest =
    unknownLines > 0 ? [`Nothing is known about ${unknownLines} other line${unknownLines > 1 ? "s" : ""}.`] : [];
  return `${[...parts, ...rest].join("\n\n")}\n`;
}

function explained(one: Explanation, several: boolean): string {
  const { what, note, steps, sure, causes, next } = one;
  return [
    `### ${code(title({ ...one, by: [] }, several))}${one.by.length > 0 ? ` (${one.by.map(plain).join(", ")})` : ""}`,
    plain([what, note].filter(Boolean).join(" ")),
    ...(steps.length > 0 ? [block(timeline(steps).join("\n"))] : []),
    ...(!sure && causes.length > 1 ? ["It may be, the likeliest first:"] : []),
    ...causes.map((cause, at) => listed(cause, causes.slice(0, at))),
    `Next: ${code(next)}`,
  ].join("\n\n");
}

const LEVELS = { fail: "", warn: " (warning)", advice: " (advice)" } as const;

function listed(one: Cause, before: readonly Cause[]): string {
  const { level, cause, detail, where, fix, snippet } = one;
  const pasted = before.some((other) => other.snippet === snippet) ? null : snippet;
  const seen = detail === "" ? "" : ` Seen: ${plain(detail)}.`;
  const at = where === null ? "" : ` at ${code(where)}`;
  const text = `- **${one.code}**${LEVELS[level]}${at}: ${plain(cause)}${seen} Fix: ${plain(fix)}`;
  return pasted === null ? text : `${text}\n\n${block(pasted)}`;
}

/** A code span, whatever is in it. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

function block(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** What comes from outside makes no links, no mentions and no HTML. */
function plain(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~]/g, "\\$&")
    .replaceAll("@", "&#64;")
    .replace(/\s+/g, " ");
}
