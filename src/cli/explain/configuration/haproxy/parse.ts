import type { Place } from "../place.ts";

/** One line of HAProxy, in words. */
export interface Line extends Place {
  readonly words: readonly string[];
}

/** What stands under a heading such as `backend app`. */
export interface Section extends Place {
  readonly kind: string;
  readonly name: string;
  readonly lines: readonly Line[];
  /** The `defaults` that count for it. */
  readonly defaults: Section | undefined;
}

/** The sections that a text begins with, and the line after the last of them, from 0 on. */
export interface Parsed {
  readonly sections: readonly Section[];
  readonly to: number;
}

const HEADING =
  /^(global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|http-errors|ring|log-forward|fcgi-app|crt-store|traces)\b(?:\s+(.*))?$/;

/** What a line of a section begins with: a keyword, in lower case. */
const KEYWORD = /^\s+[a-z][a-z0-9_.-]*(?:\s|$)/;
const UNINDENTED =
  /^(?:bind|mode|server|timeout|option|no|acl|use_backend|default_backend|http-request|http-response|http-check|balance|log|maxconn|redirect|tcp-request|stats|errorfile|cookie|default-server|compression|daemon|user|group|chroot)\s/;

/** Reads sections from a line on, as far as lines look like some. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const sections: (Section & { readonly lines: Line[] })[] = [];
  let defaults: Section | undefined;
  let to = from;
  for (let at = from; at < lines.length; at++) {
    const text = lines[at]!;
    if (/^\s*(?:#.*)?$/.test(text)) continue;
    const place = { file, line: firstLine + at };
    const [, kind, rest = ""] = HEADING.exec(text.trimEnd()) ?? [];
    const section = sections.at(-1);
    if (kind !== undefined) {
      const name = wordsOf(rest)[0] ?? "";
      const made = { kind, name, lines: [], defaults: kind === "defaults" ? undefined : defaults, ...place };
      sections.push(made);
      if (kind === "defaults") defaults = made;
    } else if (section && (KEYWORD.test(text) || UNINDENTED.test(text)))
      section.lines.push({ words: wordsOf(text), ...place });
    // Conditions of the preprocessor.
    else if (!/^\s*\.(?:if|elif|else|endif|diag|notice|warning|alert)\b/.test(text)) break;
    to = at + 1;
  }
  return { sections, to };
}

/** Words; quotes and backslashes hold some together, and `#` begins a comment. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "#") break;
    // Of anything else a backslash is a part, as in `\\1`.
    else if (character === "\\" && /[\s#"'\\]/.test(text[at + 1] ?? "")) word = (word ?? "") + text[++at];
    else if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1);
      word =
        (word ?? "") +
        text.slice(at + 1, end < 0 ? text.length : end).replace(character === '"' ? /\\(.)/g : /$^/g, "$1");
      at = end < 0 ? text.length : end;
    } else word = (word ?? "") + character;
  }
  return word === undefined ? words : [...words, word];
}

/** The lines of a section that begin with these words. */
export function linesOf(section: Pick<Section, "lines"> | undefined, ...words: readonly string[]): readonly Line[] {
  return section?.lines.filter((line) => words.every((word, at) => line.words[at] === word)) ?? [];
}

/** The last such line of a section, or else of its defaults; `no option` takes one back. */
export function setting(section: Section, ...words: readonly string[]): Line | undefined {
  for (const one of [section, section.defaults]) {
    if (!one) continue;
    const found = one.lines.findLast((line) => {
      const given = line.words[0] === "no" ? line.words.slice(1) : line.words;
      return words.every((word, at) => given[at] === word);
    });
    if (found) return found.words[0] === "no" ? undefined : found;
  }
  return undefined;
}
