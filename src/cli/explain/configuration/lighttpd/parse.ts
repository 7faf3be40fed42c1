import type { Place } from "../place.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** A text, a number or a name that stands for something else, or a list with or without keys. */
export type Value = string | readonly Entry[];

/** One member of a list. */
export interface Entry extends Place {
  readonly key: string | undefined;
  readonly value: Value;
}

/** One statement of lighttpd. */
export type Statement = Place &
  (
    | {
        readonly kind: "setting";
        readonly name: string;
        readonly value: Value;
        readonly adds: boolean;
        readonly end: number;
      }
    | { readonly kind: "include"; readonly name: string; readonly value: Value }
    | {
        readonly kind: "condition";
        /** Each with its block, of which the first that holds counts; undefined for `else` alone. */
        readonly branches: readonly Branch[];
      }
  );

/** One block of a condition. */
export interface Branch {
  readonly test: { readonly subject: string; readonly operator: string; readonly value: string } | undefined;
  readonly block: readonly Statement[];
}

/** The statements that a text begins with, and the line after the last of them, from 0 on. */
export interface Parsed {
  readonly statements: readonly Statement[];
  readonly to: number;
}

/** Deeper blocks and lists are those of no lighttpd. */
const DEEPEST = 30;

/** Reads statements from a line on, as far as there are any. */
export function parseFrom(lines: readonly string[], from: number, file: string, firstLine = 1): Parsed {
  const reader = new Reader(tokensOf(lines, from), file, firstLine);
  const statements: Statement[] = [];
  let to = from;
  for (;;) {
    const one = reader.statement(0);
    if (!one) return { statements, to };
    statements.push(one);
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

  /** The next statement; undefined where none begins, or one is not finished. */
  statement(depth: number): Statement | undefined {
    const first = this.#peek();
    if (first?.kind !== "word" || depth > DEEPEST) return undefined;
    const place = { file: this.#file, line: this.#firstLine + first.line };
    if (first.text.startsWith("$")) {
      const branches = this.#branches(depth);
      return branches && { kind: "condition", branches, ...place };
    }
    this.#take();
    if (/^include(?:_shell)?$/.test(first.text)) {
      const value = this.#value(0);
      return value === undefined ? undefined : { kind: "include", name: first.text, value, ...place };
    }
    const sign = this.#take()?.text;
    if (sign !== "=" && sign !== "+=") return undefined;
    const value = this.#value(0);
    if (value === undefined) return undefined;
    return {
      kind: "setting",
      name: first.text,
      value,
      adds: sign === "+=",
      end: this.#firstLine + this.endLine,
      ...place,
    };
  }

  #branches(depth: number): readonly Branch[] | undefined {
    const branches: Branch[] = [];
    for (;;) {
      const test = this.#peek()?.text.startsWith("$") ? this.#test() : undefined;
      const block = this.#block(depth);
      if (!block) return undefined;
      branches.push({ test, block });
      if (this.#peek()?.text !== "else" || this.#peek()?.kind !== "word") return branches;
      this.#take();
    }
  }

  /** `$HTTP["host"] == "a"`. */
  #test(): Branch["test"] {
    const name = this.#take()!.text;
    const words = [this.#take(), this.#take(), this.#take(), this.#take()].map((token) => token?.text ?? "");
    const [open, subject = "", close, operator = ""] = words;
    const value = this.#value(0);
    const isSound = open === "[" && close === "]" && typeof value === "string";
    return { subject: `${name}["${subject}"]`, operator: isSound ? operator : "?", value: isSound ? value : "" };
  }

  #block(depth: number): readonly Statement[] | undefined {
    if (this.#take()?.text !== "{") return undefined;
    const block: Statement[] = [];
    while (this.#peek()?.text !== "}" || this.#peek()?.kind !== "sign") {
      const one = this.statement(depth + 1);
      if (!one) return undefined;
      block.push(one);
    }
    this.#take();
    return block;
  }

  /** A value, and what is added to it. */
  #value(depth: number): Value | undefined {
    let value = this.#single(depth);
    while (value !== undefined && this.#peek()?.text === "+") {
      this.#take();
      const more = this.#single(depth);
      if (more === undefined) return undefined;
      value = typeof value === "string" || typeof more === "string" ? `${value}${more}` : [...value, ...more];
    }
    return value;
  }

  #single(depth: number): Value | undefined {
    const token = this.#take();
    if (!token || depth > DEEPEST) return undefined;
    if (token.kind !== "sign") return token.text;
    return token.text === "(" ? this.#list(depth) : undefined;
  }

  #list(depth: number): readonly Entry[] | undefined {
    const entries: Entry[] = [];
    for (;;) {
      const next = this.#peek();
      if (!next) return undefined;
      if (next.kind === "sign" && (next.text === ")" || next.text === ",")) {
        this.#take();
        if (next.text === ")") return entries;
        continue;
      }
      const place = { file: this.#file, line: this.#firstLine + next.line };
      const first = this.#value(depth + 1);
      const isKey = this.#peek()?.text === "=>" && typeof first === "string";
      if (isKey) this.#take();
      const value = isKey ? this.#value(depth + 1) : first;
      if (value === undefined) return undefined;
      entries.push({ key: isKey ? first : undefined, value, ...place });
    }
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #take(): Token | undefined {
    const token = this.#tokens[this.#at++];
    if (token) this.endLine = token.line;
    return token;
  }
}
