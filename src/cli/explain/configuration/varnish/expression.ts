import { patternOf } from "../pattern.ts";
import type { Token } from "./tokens.ts";

/** What a name stands for: null where it is unset, undefined where it is not known. */
export type Lookup = (name: string) => string | null | undefined;

/** Whether a test holds; undefined where that is not known. */
export function holds(tokens: readonly Token[], lookup: Lookup): boolean | undefined {
  return new Expression(tokens, lookup).or();
}

/** The text that an expression gives; undefined where that is not known. */
export function textOf(tokens: readonly Token[], lookup: Lookup): string | undefined {
  const value = new Expression(tokens, lookup).sum();
  return value === null ? "" : value;
}

class Expression {
  readonly #tokens: readonly Token[];
  readonly #lookup: Lookup;
  #at = 0;

  constructor(tokens: readonly Token[], lookup: Lookup) {
    this.#tokens = tokens;
    this.#lookup = lookup;
  }

  or(): boolean | undefined {
    let value = this.#and();
    while (this.#sign("||")) {
      const right = this.#and();
      value = value === true || right === true ? true : value === undefined || right === undefined ? undefined : false;
    }
    return value;
  }

  #and(): boolean | undefined {
    let value = this.#not();
    while (this.#sign("&&")) {
      const right = this.#not();
      value =
        value === false || right === false ? false : value === undefined || right === undefined ? undefined : true;
    }
    return value;
  }

  #not(): boolean | undefined {
    if (this.#sign("!")) {
      const value = this.#not();
      return value === undefined ? undefined : !value;
    }
    if (this.#sign("(")) {
      const value = this.or();
      this.#sign(")");
      return value;
    }
    return this.#comparison();
  }

  #comparison(): boolean | undefined {
    const left = this.sum();
    const operator = ["==", "!=", "~", "!~", "<", ">", "<=", ">="].find((sign) => this.#sign(sign));
    // A header alone is whether it is there.
    if (operator === undefined) return left === undefined ? undefined : left !== null && left !== "false";
    const right = this.sum();
    if (left === undefined || right === undefined) return undefined;
    const fits = operator.endsWith("~")
      ? patternOf(right ?? "", false)?.test(left ?? "")
      : operator.endsWith("=") && left === right;
    if (/[<>]/.test(operator) || fits === undefined) return undefined;
    return operator.startsWith("!") ? !fits : fits;
  }

  /** Texts with `+` between them, or beside one another. */
  sum(): string | null | undefined {
    let value = this.#single();
    for (;;) {
      const next = this.#tokens[this.#at];
      if (!next || (next.kind === "sign" && next.text !== "+")) return value;
      this.#sign("+");
      const right = this.#single();
      value = value === undefined || right === undefined ? undefined : (value ?? "") + (right ?? "");
    }
  }

  #single(): string | null | undefined {
    const token = this.#tokens[this.#at++];
    if (!token) return undefined;
    if (token.kind === "string") return token.text;
    if (token.kind === "sign") return undefined;
    if (this.#sign("(")) return this.#call(token.text);
    return /^\d|^(?:true|false)$/.test(token.text) ? token.text : this.#lookup(token.text);
  }

  #call(name: string): string | null | undefined {
    const args: (string | null | undefined)[] = [];
    while (this.#at < this.#tokens.length && !this.#sign(")")) {
      args.push(this.sum());
      if (!this.#sign(",") && this.#tokens[this.#at]?.text !== ")") break;
    }
    this.#sign(")");
    const [text, pattern, replacement] = args;
    if (text === undefined) return undefined;
    if (name === "std.tolower") return text?.toLowerCase() ?? "";
    if (name === "std.toupper") return text?.toUpperCase() ?? "";
    if (!/^regsub(?:all)?$/.test(name) || typeof pattern !== "string" || typeof replacement !== "string")
      return undefined;
    const found = patternOf(pattern, false);
    if (!found) return undefined;
    const all = name === "regsuball" ? new RegExp(found.source, `${found.flags}g`) : found;
    return (text ?? "").replace(all, replacement.replace(/\$/g, "$$$$").replace(/\\(\d)/g, "$$$1"));
  }

  #sign(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "sign" || token.text !== text) return false;
    this.#at++;
    return true;
  }
}
