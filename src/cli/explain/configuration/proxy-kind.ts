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

/** Lines that look like a configuration. */
export interface Extent {
  /** The line after the last of them. */
  readonly to: number;
  /** Whether they are this proxy's, and no other program's. */
  readonly isOurs: boolean;
}

/** A proxy whose configuration can be read. */
export interface ProxyReader {
  readonly name: string;
  /** What looks like its configuration from a line on; undefined where nothing does. */
  look(document: Document, at: number): Extent | undefined;
  /** Undefined for what only looked like one. */
  read(part: Part, question: Question): Reading | undefined;
}

/** The kind of evidence that a proxy's configuration is. */
export function proxyKind({ name, look, read }: ProxyReader): Kind {
  // What is not ours from its first line on is not from a later one either: it is not looked at again.
  const seen = new WeakMap<Document, number>();
  return {
    recognise(document, at) {
      if (at < (seen.get(document) ?? 0)) return undefined;
      const extent = look(document, at);
      if (!extent || extent.isOurs) return extent?.to;
      seen.set(document, extent.to);
      return undefined;
    },
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
