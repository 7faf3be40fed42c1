import type { Place } from "../place.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** One statement of VCL, its words as they stand. */
export type Statement = Place &
  (
    | { readonly kind: "plain"; readonly words: readonly Token[] }
    | {
        readonly kind: "if";
        /** The first whose test holds counts; undefined for `else`. */
        readonly branches: readonly {
          readonly test: readonly Token[] | undefined;
          readonly block: readonly Statement[];
        }[];
      }
  );

/** `sub vcl_recv { … }`, or `backend app { … }`. */
export interface Section extends Place {
  readonly kind: string;
  readonly name: string;
  readonly block: readonly Statement[];
  /** Where its closing brace stands. */
  readonly end: number;
}

/** What a text begins with, and the line after the last of it, from 0 on. */
export interface Parsed {
  readonly sections: readonly Section[];
  /** `vcl 4.1;`, `import std;` and `include "…";`. */
  readonly lines: readonly (Statement & { readonly kind: "plain" })[];
  readonly to: number;
}

/** Deeper blocks are those of no VCL. */
const DEEPEST = 30;

/** Reads sections from a line on, as far as there are any. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const reader = new Reader(tokensOf(lines, from), file, firstLine);
  const sections: Section[] = [];
  const plain: (Statement & { readonly kind: "plain" })[] = [];
  let to = from;
  for (;;) {
    const one = reader.top();
    if (!one) return { sections, lines: plain, to };
    if ("block" in one) sections.push(one);
    else plain.push(one);
    to = reader.endLine + 1;
  }
}

class Reader {
  /** The line of the last token that was taken, from 0 on. */
  endLine = 0;
  readonly #tokens: readonly Token[];
  readonly #file: string;
  readonly #firstLine: number;
  #at = 0;

  constructor(tokens: readonly Token[], file: string, firstLine: number) {
    this.#tokens = tokens;
    this.#file = file;
    this.#firstLine = firstLine;
  }

  top(): Section | (Statement & { readonly kind: "plain" }) | undefined {
    const first = this.#tokens[this.#at];
    if (first?.kind !== "word") return undefined;
    const place = this.#place(first);
    if (/^(?:vcl|import|include)$/.test(first.text)) {
      const words = this.#upTo(";");
      return words && { kind: "plain", words, ...place };
    }
    if (!/^(?:sub|backend|acl|probe|director)$/.test(first.text)) return undefined;
    this.#at++;
    const name = this.#tokens[this.#at++]?.text ?? "";
    // What is in a backend is no statement.
    const block = first.text === "sub" ? this.#block(0) : this.#passedOver();
    return block && { kind: first.text, name, block, end: this.#firstLine + this.endLine, ...place };
  }

  #place({ line }: Token): Place {
    return { file: this.#file, line: this.#firstLine + line };
  }

  #block(depth: number): readonly Statement[] | undefined {
    if (this.#take()?.text !== "{" || depth > DEEPEST) return undefined;
    const block: Statement[] = [];
    for (;;) {
      const next = this.#tokens[this.#at];
      if (!next) return undefined;
      if (next.kind === "sign" && next.text === "}") {
        this.#take();
        return block;
      }
      const one = next.text === "if" && next.kind === "word" ? this.#if(depth) : this.#plain();
      if (!one) return undefined;
      block.push(one);
    }
  }

  #plain(): Statement | undefined {
    const first = this.#tokens[this.#at]!;
    const words = this.#upTo(";");
    return words && { kind: "plain", words, ...this.#place(first) };
  }

  #if(depth: number): Statement | undefined {
    const place = this.#place(this.#tokens[this.#at]!);
    const branches: { test: readonly Token[] | undefined; block: readonly Statement[] }[] = [];
    for (;;) {
      const word = this.#tokens[this.#at]?.text;
      const isElse = word === "else" && this.#tokens[this.#at + 1]?.text !== "if";
      this.#at += word === "else" && !isElse ? 2 : 1;
      const test = isElse ? undefined : this.#parenthesised();
      if (!isElse && !test) return undefined;
      const block = this.#block(depth + 1);
      if (!block) return undefined;
      branches.push({ test, block });
      if (isElse || !/^(?:else|elseif|elsif|elif)$/.test(this.#tokens[this.#at]?.text ?? ""))
        return { kind: "if", branches, ...place };
    }
  }

  #parenthesised(): readonly Token[] | undefined {
    if (this.#take()?.text !== "(") return undefined;
    const from = this.#at;
    for (let open = 1; ; ) {
      const token = this.#take();
      if (!token) return undefined;
      if (token.kind === "sign" && token.text === "(") open++;
      if (token.kind === "sign" && token.text === ")" && --open === 0) return this.#tokens.slice(from, this.#at - 1);
    }
  }

  #upTo(sign: string): readonly Token[] | undefined {
    const from = this.#at;
    for (;;) {
      const token = this.#take();
      if (!token || (token.kind === "sign" && /^[{}]$/.test(token.text))) return undefined;
      if (token.kind === "sign" && token.text === sign) return this.#tokens.slice(from, this.#at - 1);
    }
  }

  /** The words of a block that is no code: of a backend its host and its port. */
  #passedOver(): readonly Statement[] | undefined {
    if (this.#take()?.text !== "{") return undefined;
    const words: Token[] = [];
    for (let open = 1; ; ) {
      const token = this.#take();
      if (!token) return undefined;
      if (token.kind === "sign" && token.text === "{") open++;
      if (token.kind === "sign" && token.text === "}" && --open === 0)
        return words[0] ? [{ kind: "plain", words, ...this.#place(words[0]) }] : [];
      words.push(token);
    }
  }

  #take(): Token | undefined {
    const token = this.#tokens[this.#at++];
    if (token) this.endLine = token.line;
    return token;
  }
}
