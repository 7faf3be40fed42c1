import type { Finding } from "../explanation.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";
import { type Pattern, patternOf, wordsOf } from "./pattern.ts";
import type { Printer, Symptom } from "./symptom.ts";
import { SYMPTOMS } from "./symptoms.ts";

interface Rule extends Pattern {
  readonly symptom: Symptom;
  readonly by: Printer;
}

const RULES: readonly Rule[] = SYMPTOMS.flatMap((symptom) =>
  Object.entries(symptom.says).flatMap(([by, says]) =>
    [says].flat().map((template) => ({ symptom, by: by as Printer, ...patternOf(template) })),
  ),
);

const RULES_OF: ReadonlyMap<string, readonly Rule[]> = Map.groupBy(RULES, ({ word }) => word);
const PLACE: ReadonlyMap<Rule, number> = new Map(RULES.map((rule, at) => [rule, at]));

/** The rules that can fit a line, by its words: a log has many lines, and few are about a socket. */
function candidates(line: string): readonly Rule[] {
  const rules = [...wordsOf(line)].flatMap((word) => RULES_OF.get(word) ?? []);
  return rules.sort((a, b) => PLACE.get(a)! - PLACE.get(b)!);
}

/** What a program's message stands for: the first symptom of the table that fits. */
export function symptomFinding(line: string): Finding | undefined {
  const rules = candidates(line);
  const first = rules.find((rule) => fits(rule, line));
  if (!first) return undefined;
  const { symptom, pattern, isWhole } = first;
  const all = rules.filter((rule) => rule.symptom === symptom && fits(rule, line));
  const by = [...new Set(all.map((rule) => rule.by))];
  const status = pattern.exec(line)?.groups?.status;
  const { codes, note } = status === undefined ? symptom : ofStatus(symptom, Number(status));
  const notes = [note, isWhole ? asWhole(by) : undefined].filter(Boolean).join(" ");
  const what = symptom.what.replace("{n}", status ?? "something else");
  return { kind: "message", by, what, codes, note: notes || undefined };
}

/** Of a status that is no 101 no line speaks that has 101. */
function fits({ pattern, symptom }: Rule, line: string): boolean {
  const found = pattern.exec(line);
  return found !== null && !(found.groups?.status === "101" && symptom.codes.includes("STATUS_NOT_101"));
}

/** A few common words. */
function asWhole(by: readonly Printer[]): string {
  return `That is what these words mean as the whole message of a WebSocket of ${by.join(" or ")}: others say them too.`;
}

/** A status tells more, where there is nothing but that. */
function ofStatus({ codes, note }: Symptom, status: number): Pick<Symptom, "codes" | "note"> {
  if (codes.length !== 1 || codes[0] !== "STATUS_NOT_101") return { codes, ...(note !== undefined && { note }) };
  const more = [note, noteOfStatus(status)].filter(Boolean).join(" ");
  return { codes: codesOfStatus(status), note: more };
}
