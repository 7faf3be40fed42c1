import type { Document } from "./document.ts";
import type { Explanation } from "./explanation.ts";
import type { Question } from "./kind.ts";
import { explainDocument, type Found, type Unknown } from "./recognise.ts";

/** The schema of the report changes only together with this number. */
const SCHEMA = 1;

/** What `onesocket explain --json` prints. */
export interface ExplainReport {
  /** 1. Members, and kinds of evidence, may be added under the same number. */
  readonly schema: 1;
  /** In the order of what was given; what was said of one piece of evidence is not said again of another. */
  readonly explanations: readonly Explanation[];
  /** Lines about which nothing is known: the first 100. */
  readonly unknown: readonly Unknown[];
  /** How many there are of them. */
  readonly unknownLines: number;
  /** What was given and not known at all: the names of its sources. */
  readonly unknownSources: readonly string[];
  /** What was too long to be read to its end: the names of its sources. */
  readonly cutSources: readonly string[];
}

const SHOWN_UNKNOWN = 100;

/** The members of a report that hold nothing but texts of our own. */
const OURS: ReadonlySet<string> = new Set(["source", "kind", "by", "code", "codes", "level", "cause"]);

/** Explains all that was given, with its secrets hidden. */
export function reportOn(documents: readonly Document[], question: Question): ExplainReport {
  const found = documents.map((document) => explainDocument(document, question));
  const unknown = found.flatMap((one) => one.unknown);
  const report: ExplainReport = {
    schema: SCHEMA,
    explanations: withoutRepetition(found.flatMap((one) => one.explanations)),
    unknown: unknown.slice(0, SHOWN_UNKNOWN),
    unknownLines: unknown.length,
    unknownSources: documents.filter((_, at) => found[at]!.explanations.length === 0).map(({ name }) => name),
    cutSources: documents.filter((document, at) => isCut(document, found[at]!)).map(({ name }) => name),
  };
  return question.secrets.hideIn(report, OURS);
}

/** What is read as JSON, or as packets, is not read as text. */
function isCut(document: Document, { explanations }: Found): boolean {
  const asText = explanations.every(({ lines }) => lines !== null);
  return document.cutAt(asText) !== undefined;
}

function withoutRepetition(explanations: readonly Explanation[]): readonly Explanation[] {
  const said = new Set<string>();
  return explanations.filter(({ kind, input, what, steps, causes }) => {
    // Two lines may say the same; two connections are two.
    const which = /^(?:capture|har|netlog)$/.test(kind) ? input : "";
    const key = JSON.stringify([which, what, steps, causes.map(({ code, detail, where }) => [code, detail, where])]);
    const isNew = !said.has(key);
    said.add(key);
    return isNew;
  });
}
