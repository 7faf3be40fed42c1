/** One token of a configuration. */
export interface Token {
  readonly text: string;
  /** From 0 on. */
  readonly line: number;
  /** `{`, `}` and `;` in quotes are words. */
  readonly isWord: boolean;
}

/** A line of a template, such as `{{ssl_certificate}}`, and what stands in a word for what it puts there. */
const TEMPLATE_LINE = /^\s*(?:\{\{[^{}]*\}\}|\{%.*%\}|<%.*%>)\s*$/;
const TEMPLATE = /\{\{[^{}\n]*\}\}|<%[^%\n]*%>/y;

/** What is in quotes goes over no more lines. */
const MOST_LINES = 100;

/** What counts in Lua: comments, strings and braces. */
const LUA = /--\[\[.*?\]\]|--[^\n]*|\[\[.*?\]\]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}]/gs;

/** Reads the tokens of a text as nginx does: words, `;`, `{` and `}`. */
export class Tokens {
  readonly #lines: readonly string[];
  #line: number;
  #column = 0;

  constructor(lines: readonly string[], from: number) {
    this.#lines = lines;
    this.#line = from;
  }

  /** Where it is, from 0 on. */
  get line(): number {
    return this.#line;
  }

  /** The next one; undefined at the end, and where a quote is not closed. */
  next(): Token | undefined {
    if (!this.#toNext()) return undefined;
    const line = this.#line;
    TEMPLATE.lastIndex = this.#column;
    const character = this.#lines[line]![this.#column]!;
    if (TEMPLATE.test(this.#lines[line]!)) return { text: this.#word(), line, isWord: true };
    if (/[{};]/.test(character)) {
      this.#column++;
      return { text: character, line, isWord: false };
    }
    const text = /["']/.test(character) ? this.#quoted(character) : this.#word();
    return text === undefined ? undefined : { text, line, isWord: true };
  }

  /**
   * Passes over a block of Lua, from behind its brace to behind the one that closes it: nginx counts those that are in no string and no
   * comment. False where it is not closed.
   */
  passLua(): boolean {
    const rest = [this.#lines[this.#line]!.slice(this.#column), ...this.#lines.slice(this.#line + 1)].join("\n");
    LUA.lastIndex = 0;
    for (let open = 1, match = LUA.exec(rest); match; match = LUA.exec(rest)) {
      if (match[0] === "{") open++;
      if (match[0] !== "}" || --open > 0) continue;
      const passed = rest.slice(0, LUA.lastIndex).split("\n");
      this.#column = passed.length > 1 ? passed.at(-1)!.length : this.#column + passed[0]!.length;
      this.#line += passed.length - 1;
      return true;
    }
    return false;
  }

  /** Passes over spaces and comments. */
  #toNext(): boolean {
    for (; this.#line < this.#lines.length; this.#line++, this.#column = 0) {
      const text = this.#lines[this.#line]!;
      if (this.#column === 0 && TEMPLATE_LINE.test(text)) continue;
      while (/\s/.test(text[this.#column] ?? "")) this.#column++;
      if (this.#column < text.length && text[this.#column] !== "#") return true;
    }
    return false;
  }

  /** A word ends at a space, at `;` or at a brace that is not a variable's. */
  #word(): string {
    const text = this.#lines[this.#line]!;
    let out = "";
    for (; this.#column < text.length; this.#column++) {
      const character = text[this.#column]!;
      TEMPLATE.lastIndex = this.#column;
      const template = TEMPLATE.exec(text)?.[0];
      if (template !== undefined) {
        out += template;
        this.#column += template.length - 1;
      } else if (character === "\\" && this.#column + 1 < text.length) out += escaped(text[++this.#column]!);
      else if (character === "$" && text[this.#column + 1] === "{") out += this.#variable(text);
      else if (/[\s;{]/.test(character)) break;
      else out += character;
    }
    return out;
  }

  /** `${name}` is `$name`. */
  #variable(text: string): string {
    const found = text.indexOf("}", this.#column);
    const end = found < 0 ? text.length : found;
    const name = text.slice(this.#column + 2, end);
    this.#column = end;
    return `$${name}`;
  }

  #quoted(quote: string): string | undefined {
    let out = "";
    this.#column++;
    const last = Math.min(this.#lines.length, this.#line + MOST_LINES);
    for (; this.#line < last; this.#line++, this.#column = 0) {
      const text = this.#lines[this.#line]!;
      for (; this.#column < text.length; this.#column++) {
        const character = text[this.#column]!;
        if (character === quote) {
          this.#column++;
          return out;
        }
        out += character === "\\" && this.#column + 1 < text.length ? escaped(text[++this.#column]!) : character;
      }
      out += "\n";
    }
    return undefined;
  }
}

/** A pattern keeps its backslashes; before a space, a quote or a sign of nginx's own it only protects that. */
function escaped(character: string): string {
  return /[\s;{}"']/.test(character) ? character : `\\${character}`;
}
