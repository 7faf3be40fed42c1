import type { Cause, Explanation } from "../explanation.ts";
import type { ExplainReport } from "../report.ts";
import { timeline } from "./timeline.ts";

const LINE = 200;

/** The report for a terminal. */
export function rendered({ explanations, unknownLines }: Pick<ExplainReport, "explanations" | "unknownLines">): string {
  const sources = new Set(explanations.map(({ source }) => source));
  const parts = explanations.map((one) => explained(one, sources.size > 1));
  const rest = unknownLines > 0 && parts.length > 0 ? [unknown(unknownLines)] : [];
  return [...parts, ...rest].join("\n");
}

function unknown(count: number): string {
  return `Nothing is known about ${count === 1 ? "one other line" : `${count} other lines`}.\n`;
}

/** @param several whether there is more than one source */
function explained(one: Explanation, several: boolean): string {
  const { what, note, steps, sure, causes, next } = one;
  const listed = causes.flatMap((cause, at) => listedCause(cause, causes.slice(0, at)));
  return [
    title(one, several),
    `  ${what}`,
    ...(note === null ? [] : [`  ${note}`]),
    ...(steps.length > 0 ? ["", ...timeline(steps)] : []),
    ...(!sure && causes.length > 1 ? ["", "  It may be, the likeliest first:"] : []),
    ...listed,
    "",
    `  Next: ${next}`,
    "",
  ].join("\n");
}

/** The first line of a piece of evidence, and where it stands. */
export function title({ source, lines, input, by }: Explanation, several: boolean): string {
  const [line = ""] = input.split("\n");
  const named = !/^(?:arguments|stdin)$/.test(source);
  const at = lines !== null && (named || several) ? `:${lines[0]}` : "";
  const where = named || several ? `${source}${at}  ` : "";
  return `${where}${line.slice(0, LINE)}${line.length > LINE ? "…" : ""}${by.length > 0 ? `  (${by.join(", ")})` : ""}`;
}

const TITLES = { fail: "", warn: "Warning: ", advice: "Advice: " } as const;

/** One code; the lines to paste stand under the first of several that have the same. */
function listedCause(one: Cause, before: readonly Cause[]): readonly string[] {
  const { code, level, cause, detail, where, fix, snippet } = one;
  const pasted = before.some((other) => other.snippet === snippet) ? null : snippet;
  return [
    "",
    `  ${TITLES[level]}${code}${where === null ? "" : `  ${where}`}`,
    `    ${cause}`,
    ...(detail === "" ? [] : [`    Seen: ${detail}.`]),
    `    Fix: ${fix}`,
    ...(pasted?.split("\n").map((line) => `      ${line}`.trimEnd()) ?? []),
  ];
}
