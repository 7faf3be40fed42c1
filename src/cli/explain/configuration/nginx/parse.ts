import { type Token, Tokens } from "./tokens.ts";

/** One directive of nginx, with its block if it has one. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | undefined;
  /** Where it stands: the name of its file, and its line from 1 on. */
  readonly file: string;
  readonly line: number;
}

/** The directives that a text begins with, and the line after the last of them, from 0 on. */
export interface Parsed {
  readonly directives: readonly Directive[];
  readonly to: number;
}

const NAME = /^[a-z][a-z0-9_]*$/;
const VARIABLE = /^\$\w+$/;

/** Deeper blocks are those of no nginx. */
const DEEPEST = 30;

/** Reads directives from a line on, as far as there are any: each ends with `;` or has a block. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const reader = new Reader(lines, from, file, firstLine);
  const directives: Directive[] = [];
  let to = from;
  for (;;) {
    const directive = reader.directive(0, "");
    if (!directive) break;
    directives.push(directive);
    to = reader.endLine + 1;
  }
  return { directives, to };
}

class Reader {
  /** The line of the last token that was taken. */
  endLine = 0;
  readonly #tokens: Tokens;
  readonly #file: string;
  readonly #firstLine: number;
  #ahead: Token | undefined;

  constructor(lines: readonly string[], from: number, file: string, firstLine: number) {
    this.#tokens = new Tokens(lines, from);
    this.#file = file;
    this.#firstLine = firstLine;
  }

  /** The next directive; undefined where none begins, or one is not finished. `inside`: the block that it is in. */
  directive(depth: number, inside: string): Directive | undefined {
    const first = this.#peek();
    if (!first?.isWord || depth > DEEPEST || !isName(first.text, inside)) return undefined;
    this.#take();
    const args: string[] = [];
    for (;;) {
      const token = this.#take();
      if (!token) return undefined;
      if (token.isWord) args.push(token.text);
      else if (token.text === ";") return this.#made(first, args, undefined);
      else if (token.text === "{") return this.#withBlock(first, args, depth);
      else return undefined;
    }
  }

  #withBlock(first: Token, args: readonly string[], depth: number): Directive | undefined {
    const block: Directive[] = [];
    if (/_by_lua_block$/.test(first.text)) {
      const isClosed = this.#tokens.passLua();
      this.endLine = this.#tokens.line;
      return isClosed ? this.#made(first, args, block) : undefined;
    }
    const isCode = /^(?:js_|perl)/.test(first.text);
    for (let open = 1; ; ) {
      const token = this.#peek();
      if (!token) return undefined;
      if (!token.isWord && token.text === "}") {
        this.#take();
        if (--open === 0) return this.#made(first, args, block);
      } else if (isCode) {
        // What is code of another language is passed over.
        if (this.#take()?.text === "{") open++;
      } else {
        const directive = this.directive(depth + 1, first.text);
        if (!directive) return undefined;
        block.push(directive);
      }
    }
  }

  #made({ text, line }: Token, args: readonly string[], block: readonly Directive[] | undefined): Directive {
    return { name: text, args, block, file: this.#file, line: this.#firstLine + line };
  }

  #peek(): Token | undefined {
    this.#ahead ??= this.#tokens.next();
    return this.#ahead;
  }

  #take(): Token | undefined {
    const token = this.#peek();
    this.#ahead = undefined;
    if (token) this.endLine = token.line;
    return token;
  }
}

/** In a map, in types and the like anything is a name. */
function isName(text: string, inside: string): boolean {
  return NAME.test(text) || VARIABLE.test(text) || /^(?:map|types|geo|split_clients|charset_map)$/.test(inside);
}
