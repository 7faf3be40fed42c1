import type { Explanation } from "./explanation.ts";
import type { Meaning } from "./meaning.ts";

const LINE = 200;

/** Explanations for a terminal. */
export function rendered(explanations: readonly Explanation[]): string {
  return explanations.map(one).join("\n");
}

function one({ input, by, what, causes, note, next }: Explanation): string {
  const [line = ""] = input.split("\n");
  const head = `${line.slice(0, LINE)}${line.length > LINE ? "…" : ""}${by.length > 0 ? `  (${by.join(", ")})` : ""}`;
  const listed = causes.flatMap((one, at) => cause(one, causes.slice(0, at)));
  return [head, ...paragraphs(what, note), ...listed, "", `  Next: ${next}`, ""].join("\n");
}

function paragraphs(...texts: readonly (string | undefined)[]): readonly string[] {
  return texts.filter((text) => text !== undefined).map((text) => `  ${text}`);
}

/** One code; the lines to paste stand under the first of several that have the same. */
function cause({ code, cause, fix, snippet }: Meaning, before: readonly Meaning[]): readonly string[] {
  const pasted = before.some((other) => other.snippet === snippet) ? undefined : snippet;
  return [
    "",
    `  ${code}`,
    `    ${cause}`,
    `    Fix: ${fix}`,
    ...(pasted?.split("\n").map((line) => `      ${line}`) ?? []),
  ];
}
