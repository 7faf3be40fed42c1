import type { Document } from "../document.ts";
import type { Extent } from "./proxy-kind.ts";
import { tomlOf } from "./toml.ts";
import type { Node } from "./tree.ts";
import { yamlOf } from "./yaml.ts";

/** The documents in a text from a line on, and the text as it was read. */
export interface Trees {
  readonly roots: readonly Node[];
  /** How comments begin. */
  readonly isToml: boolean;
}

/** Where a text is read as a whole no more often than this, from lines where it might begin. */
const MOST_TRIES = 8;

const found = new WeakMap<Document, Map<number, Trees | undefined>>();

/** What a text is as YAML, JSON or TOML from a line on; undefined for what is none. */
export function treesAt(document: Document, from: number): Trees | undefined {
  const known = found.get(document) ?? new Map<number, Trees | undefined>();
  found.set(document, known);
  if (known.has(from) || known.size >= MOST_TRIES) return known.get(from);
  const text = document.lines.slice(from).join("\n");
  const line = document.firstLine + from;
  const isToml =
    /^\s*\[\[?[\w."@-]+\]\]?\s*(?:#.*)?$/m.test(text.slice(0, 20_000)) && !/^\s*[\w"-]+:\s/m.test(text.slice(0, 5000));
  const roots = isToml ? tomlOf(document.lines.slice(from), document.name, line) : yamlOf(text, document.name, line);
  const trees = roots && { roots, isToml };
  known.set(from, trees);
  return trees;
}

const BEGINS = /^(?:---|[\w"'./@-]+:(?:\s|$)|\{|\[\[?[\w."@-]+\]\]?\s*$|[\w-]+ *= *(?:["'[\d]|true|false))/;

/** What a reader of such texts looks at: whole documents in which a word stands, and roots that are its. */
export function lookAtTrees(
  document: Document,
  at: number,
  word: RegExp,
  isOurs: (root: Node) => boolean,
): Extent | undefined {
  const { isText, lines } = document;
  if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 300)) || !hasWord(document, word)) return undefined;
  const trees = treesAt(document, at);
  return trees?.roots.some(isOurs) ? { to: lines.length, isOurs: true } : undefined;
}

const words = new WeakMap<Document, Map<RegExp, boolean>>();

/** Whether a word stands in a text: looked for once. */
function hasWord(document: Document, word: RegExp): boolean {
  const known = words.get(document) ?? new Map<RegExp, boolean>();
  words.set(document, known);
  const has = known.get(word) ?? word.test(document.text.slice(0, 1 << 20));
  known.set(word, has);
  return has;
}
