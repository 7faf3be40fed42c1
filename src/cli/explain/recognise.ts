import { Document } from "./document.ts";
import { type Explanation, explanation, SHOWN_CHARACTERS } from "./explanation.ts";
import type { Kind, Question } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { Secrets } from "./secrets.ts";

/** A line about which nothing is known. */
export interface Unknown {
  /** Where it comes from: a file's name, `stdin` or `arguments`. */
  readonly source: string;
  /** Its number there, from 1 on; null for what has no lines. */
  readonly line: number | null;
  /** Its text; "" for what is none. */
  readonly text: string;
}

/** What was found in a document. */
export interface Found {
  readonly explanations: readonly Explanation[];
  readonly unknown: readonly Unknown[];
}

/** Goes through a document, and explains each piece of evidence in it. */
export function explainDocument(document: Document, question: Question): Found {
  const parts = fenced(document).map((part) => explainPart(part, question));
  return { explanations: parts.flatMap((part) => part.explanations), unknown: parts.flatMap((part) => part.unknown) };
}

/** The same for a text; secrets are not hidden yet. */
export function explainText(text: string): readonly Explanation[] {
  const question = { path: undefined, host: undefined, secure: undefined, secrets: new Secrets() };
  return explainDocument(new Document("arguments", text), question).explanations;
}

/** What stands between Markdown's fences is a document of its own, and so is what stands around it. */
function fenced(document: Document): readonly Document[] {
  if (!document.isText || !/^[ \t]*```/m.test(document.text)) return [document];
  const fences = document.lines.flatMap((line, at) => (/^[ \t]*```/.test(line) ? [at] : []));
  const ends = [...fences, document.lines.length];
  return ends.map((end, index) => document.cut(index === 0 ? 0 : ends[index - 1]! + 1, end));
}

function explainPart(document: Document, question: Question): Found {
  const explanations: Explanation[] = [];
  const unknown: Unknown[] = [];
  const end = document.isText ? document.lines.length : 1;
  const tried: Tried = new Map();
  for (let at = 0; at < end; ) {
    const taken = takeOne(document, at, question, tried);
    explanations.push(...taken.explanations);
    if (taken.explanations.length === 0) unknown.push(...unknownLines(document, at));
    at = taken.to;
  }
  return { explanations, unknown };
}

/** Up to which line a kind made nothing of what it recognised. */
type Tried = Map<Kind, number>;

/** The first kind that makes something of what begins here has it. */
function takeOne(
  document: Document,
  at: number,
  question: Question,
  tried: Tried,
): { explanations: Explanation[]; to: number } {
  if (document.isText && document.lines[at]!.trim() === "") return { explanations: [], to: at + 1 };
  for (const kind of KINDS) {
    const to = (tried.get(kind) ?? 0) > at ? undefined : kind.recognise(document, at);
    if (to === undefined) continue;
    const part = { document, from: at, to };
    const findings = kind.read(part, question);
    if (findings.length > 0) return { explanations: findings.map((one) => explanation(part, one)), to };
    tried.set(kind, to);
  }
  return { explanations: [], to: at + 1 };
}

function unknownLines({ name, isText, firstLine, lines }: Document, at: number): readonly Unknown[] {
  if (!isText) return [{ source: name, line: null, text: "" }];
  const text = lines[at]!.trim();
  return text === "" ? [] : [{ source: name, line: firstLine + at, text: text.slice(0, SHOWN_CHARACTERS) }];
}
