import type { Place } from "../place.ts";

/** One line of a Caddyfile in words, with its block if it has one. */
export interface Directive extends Place {
  readonly words: readonly string[];
  readonly block: readonly Directive[] | undefined;
}

/** The lines that a text begins with, and the line after the last of them, from 0 on. */
export interface Parsed {
  readonly directives: readonly Directive[];
  readonly to: number;
  /** Whether each brace has its other one. */
  readonly isWhole: boolean;
}

/** Deeper blocks are those of no Caddyfile. */
const DEEPEST = 30;

/** Directives that a piece of a Caddyfile may have outside of a site; the last two are of Caddy 1. */
const NAMES =
  "reverse_proxy|handle|handle_path|route|respond|redir|rewrite|uri|file_server|encode|root|import|log|tls|header|request_header|php_fastcgi|basicauth|basic_auth|try_files|proxy|gzip";

/** What a directive begins a line with that stands in no site. */
export const DIRECTIVE: RegExp = new RegExp(`^(?:${NAMES}|@[\\w-]+)$`);

/** A line that may stand outside of all braces: the heading of a site, or a directive of a piece. */
const TOP = /^\s*(?:\{|\(|(?:https?:\/\/)?[\w*.{$}:[\]-]+(?:\/\S*)?(?:,?\s+\S+)*,?\s*\{\s*(?:#.*)?$|\}|#|$|@[\w-]+\s)/;
const TOP_DIRECTIVE = new RegExp(`^\\s*(?:${NAMES})(?:\\s|$)`);

/** Reads lines from one on, as far as they look like a Caddyfile's; braces stand at the end of a line, and on a line of their own. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const reader = new Reader(lines, from, file, firstLine);
  const directives = reader.block(0);
  return { directives, to: reader.at, isWhole: reader.isWhole };
}

class Reader {
  at: number;
  isWhole = true;
  readonly #lines: readonly string[];
  readonly #file: string;
  readonly #firstLine: number;

  constructor(lines: readonly string[], from: number, file: string, firstLine: number) {
    this.#lines = lines;
    this.at = from;
    this.#file = file;
    this.#firstLine = firstLine;
  }

  block(depth: number): readonly Directive[] {
    const found: Directive[] = [];
    const from = this.at;
    while (this.at < this.#lines.length && this.isWhole) {
      if (depth === 0 && this.at > from && !isTop(this.#lines[this.at]!.slice(0, 2000))) return found;
      const line = this.#firstLine + this.at;
      const words = this.#words();
      if (words.length === 0) continue;
      if (words[0] === "}") {
        this.isWhole &&= depth > 0;
        return found;
      }
      const opens = words.at(-1) === "{";
      this.isWhole &&= depth < DEEPEST;
      const block = opens && this.isWhole ? this.block(depth + 1) : undefined;
      found.push({ words: opens ? words.slice(0, -1) : words, block, file: this.#file, line });
    }
    this.isWhole &&= depth === 0;
    return found;
  }

  /** The words of the next line, and of those that a backslash or a comma continue it with. */
  #words(): readonly string[] {
    const words = wordsOf(this.#lines[this.at++]!);
    while ((words.at(-1) === "\\" || words.at(-1)?.endsWith(",")) && this.at < this.#lines.length) {
      if (words.at(-1) === "\\") words.pop();
      words.push(...wordsOf(this.#lines[this.at++]!));
    }
    return words;
  }
}

function isTop(line: string): boolean {
  return TOP_DIRECTIVE.test(line) || TOP.test(line);
}

/** Words; quotes and backticks hold some together, and `#` begins a comment where a word would. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.slice(0, 10_000).matchAll(/"(?:\\.|[^"\\])*"|`[^`]*`|\S+/g)) {
    if (word.startsWith("#")) break;
    words.push(/^(["`]).*\1$/s.test(word) && word.length > 1 ? word.slice(1, -1).replace(/\\"/g, '"') : word);
  }
  return words;
}
