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
  return [head, ...paragraphs(what, note), ...causes.flatMap(cause), "", `  Next: ${next}`, ""].join("\n");
}

function paragraphs(...texts: readonly (string | undefined)[]): readonly string[] {
  return texts.filter((text) => text !== undefined).map((text) => `  ${text}`);
}

function cause({ code, cause, fix, snippet }: Meaning): readonly string[] {
  const pasted = snippet === undefined ? [] : snippet.split("\n").map((line) => `      ${line}`);
  return ["", `  ${code}`, `    ${cause}`, `    Fix: ${fix}`, ...pasted];
}
