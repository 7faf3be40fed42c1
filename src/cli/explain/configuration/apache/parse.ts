import type { Place } from "../place.ts";

/** One directive of Apache, or one section with what is in it. Names are in lower case. */
export interface Directive extends Place {
  readonly name: string;
  readonly args: readonly string[];
  /** As the file has them, where a Define or a macro filled some: what is pasted keeps their names. */
  readonly written?: readonly string[];
  /** Of a section: `<Location "/chat">` and the like. */
  readonly block: readonly Directive[] | undefined;
}

/** The directives that a text begins with, and the line after the last of them, from 0 on. */
export interface Parsed {
  readonly directives: readonly Directive[];
  readonly to: number;
}

/** Deeper sections are those of no Apache. */
const DEEPEST = 30;

/** A line of a configuration: a section's begin or end, or a directive. */
const LINE = /^\s*(?:<\/\w+>|<\w+[^>]*>|<\w+ .*>|[A-Z][A-Za-z0-9]+(?:\s.*)?)\s*$/;

/** Reads directives from a line on, as far as lines look like some. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const reader = new Reader(lines, from, file, firstLine);
  const directives = reader.block(undefined, 0);
  return { directives, to: reader.end };
}

class Reader {
  /** The line after the last one that was taken. */
  end: number;
  readonly #lines: readonly string[];
  readonly #file: string;
  readonly #firstLine: number;
  #at: number;

  constructor(lines: readonly string[], from: number, file: string, firstLine: number) {
    this.#lines = lines;
    this.#at = from;
    this.end = from;
    this.#file = file;
    this.#firstLine = firstLine;
  }

  /** Up to the end of a section, or for undefined as far as there are directives. */
  block(section: string | undefined, depth: number): readonly Directive[] {
    const found: Directive[] = [];
    for (let row = this.#next(); row; row = this.#next()) {
      const { text, line } = row;
      const place = { file: this.#file, line: this.#firstLine + line };
      const [, closed] = /^<\/(\w+)>$/.exec(text) ?? [];
      if (closed !== undefined) {
        if (section === undefined) return found;
        this.end = this.#at;
        if (closed.toLowerCase() === section) return found;
        continue;
      }
      this.end = this.#at;
      const [, opened, rest = ""] = /^<(\w+)\s*(.*)>$/s.exec(text) ?? [];
      if (opened !== undefined && depth < DEEPEST) {
        const name = opened.toLowerCase();
        found.push({ name, args: wordsOf(rest), block: this.block(name, depth + 1), ...place });
      } else if (opened === undefined) {
        const [, name = "", args = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
        found.push({ name: name.toLowerCase(), args: wordsOf(args), block: undefined, ...place });
      }
    }
    return found;
  }

  /** The next line that says something, with what a backslash continues it with; undefined at the end. */
  #next(): { readonly text: string; readonly line: number } | undefined {
    while (this.#at < this.#lines.length) {
      const line = this.#at;
      let text = this.#lines[this.#at++]!;
      while (text.endsWith("\\") && this.#at < this.#lines.length) text = text.slice(0, -1) + this.#lines[this.#at++]!;
      if (/^\s*(?:#|$)/.test(text)) continue;
      if (!LINE.test(text.slice(0, 2000))) return undefined;
      return { text: text.trim(), line };
    }
    return undefined;
  }
}

/** Words, of which quotes hold some together; a backslash takes a quote's meaning away. */
export function wordsOf(text: string): readonly string[] {
  const words = text.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\S+/g) ?? [];
  return words.map((word) =>
    /^(["']).*\1$/s.test(word) && word.length > 1 ? word.slice(1, -1).replace(/\\(["'\\])/g, "$1") : word,
  );
}

/** All directives of a name in a block. */
export function named(block: readonly Directive[], name: string): readonly Directive[] {
  return block.filter((one) => one.name === name);
}
