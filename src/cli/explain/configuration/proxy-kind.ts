import type { Document, Part } from "../document.ts";
import type { Finding } from "../explanation.ts";
import type { Kind, Question } from "../kind.ts";
import type { Asked } from "./handshake.ts";
import { judgeOutcome, sampled } from "./judge.ts";
import type { Outcome } from "./outcome.ts";

/** One answer to what was asked of a configuration. */
export interface Answered {
  readonly asked: Asked;
  readonly outcome: Outcome;
}

/** What a configuration says. */
export interface Reading {
  /** Of the path that is asked; without one of each route that passes requests on. */
  readonly answers: readonly Answered[];
  /** What is to be said of it beside, as sentences. */
  readonly notes?: readonly string[];
  /** What there is to say where there are no answers. */
  readonly nothing?: string;
  /** Whether there is something in it that was not understood, or is not here. */
  readonly isPartial?: boolean;
}

/** A proxy whose configuration can be read. */
export interface ProxyReader {
  readonly name: string;
  /** As {@link Kind.recognise}. */
  recognise(document: Document, at: number): number | undefined;
  /** Undefined for what only looked like one. */
  read(part: Part, question: Question): Reading | undefined;
}

/** The kind of evidence that a proxy's configuration is. */
export function proxyKind({ name, recognise, read }: ProxyReader): Kind {
  return {
    recognise,
    read(part, question) {
      const reading = read(part, question);
      return reading ? findingsOf(name, reading, question, part) : [];
    },
  };
}

function findingsOf(proxy: string, reading: Reading, question: Question, { from, to }: Part): readonly Finding[] {
  const isSample = question.path === undefined;
  const { answers, notes = [], isPartial = false, nothing = NOTHING } = reading;
  const judged = answers.map(({ outcome, asked }) => judgeOutcome(outcome, { proxy, asked, isSample }));
  const findings = isSample ? sampled(judged) : judged.map(({ finding }) => finding);
  const all = findings.length > 0 ? findings : [nothingFound(proxy, nothing)];
  return all.map((finding) => ({
    ...finding,
    lines: [from, to],
    sure: finding.sure === true && !isPartial,
    note: [finding.note, ...notes].filter(Boolean).join(" ") || undefined,
  }));
}

const NOTHING = "Nothing in it passes requests on to another server.";

function nothingFound(proxy: string, what: string): Finding {
  return { kind: "configuration", by: [proxy], input: proxy, what, sure: true, codes: [] };
}
