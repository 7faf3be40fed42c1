import type { Finding } from "../explanation.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";
import { type Printer, SYMPTOMS, type Symptom } from "./symptoms.ts";

interface Rule {
  readonly symptom: Symptom;
  readonly by: Printer;
  readonly pattern: RegExp;
}

const RULES: readonly Rule[] = SYMPTOMS.flatMap((symptom) =>
  Object.entries(symptom.says).flatMap(([by, says]) =>
    [says].flat().map((template) => ({ symptom, by: by as Printer, pattern: patternOf(template) })),
  ),
);

/** What a program's message stands for: the first symptom of the table that fits. */
export function symptomFinding(line: string): Finding | undefined {
  const fits = RULES.filter(({ pattern }) => pattern.test(line));
  const [first] = fits;
  if (!first) return undefined;
  const { symptom, pattern } = first;
  const by = [...new Set(fits.filter((rule) => rule.symptom === symptom).map((rule) => rule.by))];
  const status = pattern.exec(line)?.groups?.status;
  return status === undefined ? { kind: "message", by, ...rest(symptom) } : withStatus(symptom, by, Number(status));
}

function rest({ what, codes, note }: Symptom): Pick<Finding, "what" | "codes" | "note"> {
  return { what: what.replace("{n}", "something else"), codes, note };
}

function withStatus({ what }: Symptom, by: readonly Printer[], status: number): Finding {
  const codes = codesOfStatus(status);
  return { kind: "message", by, what: what.replace("{n}", `${status}`), codes, note: noteOfStatus(status) };
}

/** `{n}` is a status, `{}` anything, and `=` in front anchors to the end of the line. */
function patternOf(template: string): RegExp {
  const exact = template.startsWith("=");
  const source = template
    .slice(exact ? 1 : 0)
    .replace(/[.*+?^$()[\]|\\/]/g, "\\$&")
    .replace("{n}", "(?<status>\\d{3})\\b")
    .replaceAll("{}", ".{0,200}?");
  return new RegExp(exact ? `(?:^|: )${source}$` : source, "i");
}
