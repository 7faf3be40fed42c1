import { patternOf } from "../pattern.ts";
import type { Directive } from "./parse.ts";
import type { Value, Variables } from "./variables.ts";

/** What the directives that rewrite do to a request. */
export interface Rewritten {
  readonly path: string;
  /** With its question mark; "" for none. */
  readonly query: string;
  /** An answer of nginx's own: by `return`, or a redirection by `rewrite`. */
  readonly answer?: { readonly status: number; readonly to: Value; readonly by: Directive };
  /** The location has to be chosen anew. */
  readonly again: boolean;
  /** The path was changed: what follows sees another one. */
  readonly isChanged: boolean;
  /** Blocks of `if` whose condition holds. */
  readonly entered: readonly Directive[];
  /** Blocks of `if` of which it is not known whether it does, and that would decide. */
  readonly doubts: readonly Directive[];
}

/** Goes through what rewrites in a block, in its order, as nginx does before all else. */
export function rewrite(block: readonly Directive[], path: string, query: string, variables: Variables): Rewritten {
  const run = new Run(path, query, variables);
  run.through(block);
  return run.result();
}

class Run {
  readonly #variables: Variables;
  readonly #entered: Directive[] = [];
  readonly #doubts: Directive[] = [];
  #path: string;
  #query: string;
  #isChanged = false;
  #again = false;
  #answer: Rewritten["answer"];
  #isOver = false;

  constructor(path: string, query: string, variables: Variables) {
    this.#path = path;
    this.#query = query;
    this.#variables = variables;
  }

  result(): Rewritten {
    return {
      path: this.#path,
      query: this.#query,
      ...(this.#answer && { answer: this.#answer }),
      again: this.#again,
      isChanged: this.#isChanged,
      entered: this.#entered,
      doubts: this.#doubts,
    };
  }

  through(block: readonly Directive[]): void {
    for (const directive of block) {
      if (this.#isOver) return;
      if (directive.name === "set")
        this.#variables.set((directive.args[0] ?? "").slice(1), this.#variables.text(directive.args[1] ?? ""));
      else if (directive.name === "return") this.#return(directive);
      else if (directive.name === "break") this.#isOver = true;
      else if (directive.name === "rewrite") this.#rewrite(directive);
      else if (directive.name === "if") this.#if(directive);
    }
  }

  #return(by: Directive): void {
    const [first = "", second] = by.args;
    const isUrl = !/^\d{3}$/.test(first);
    const status = isUrl ? 302 : Number(first);
    this.#answer = { status, to: this.#variables.text(isUrl ? first : (second ?? "")), by };
    this.#isOver = true;
  }

  #rewrite(by: Directive): void {
    const [pattern = "", replacement = "", flag = ""] = by.args;
    const match = patternOf(pattern, false)?.exec(this.#path);
    if (!match) return;
    this.#variables.setGroups(match);
    const to = this.#variables.text(replacement);
    if (flag === "redirect" || flag === "permanent" || /^(?:https?|\$scheme):/.test(replacement)) {
      this.#answer = { status: flag === "permanent" ? 301 : 302, to, by };
      this.#isOver = true;
    } else {
      const [changed = "", added] = (to ?? replacement).split("?");
      this.#path = changed;
      // A question mark at the end leaves the client's query out.
      if (added !== undefined) this.#query = added === "" ? "" : `?${added}${this.#query.replace("?", "&")}`;
      this.#isChanged = true;
      this.#again = flag === "last";
      this.#isOver = flag === "last" || flag === "break";
    }
  }

  #if(by: Directive): void {
    const holds = condition(by.args, this.#variables);
    if (holds === undefined && decides(by)) this.#doubts.push(by);
    if (!holds) return;
    this.#entered.push(by);
    this.through(by.block ?? []);
  }
}

function decides({ block = [] }: Directive): boolean {
  return block.some(({ name }) => /^(?:return|rewrite|set|proxy_.*|.*_pass|break)$/.test(name));
}

/** Whether the condition of an `if` holds for a handshake; undefined where that depends on something else. */
function condition(args: readonly string[], variables: Variables): boolean | undefined {
  const words = args
    .join(" ")
    .trim()
    .replace(/^\(\s*/, "")
    .replace(/\s*\)$/, "");
  const [, name = "", operator, operand = ""] = /^\$(\w+)(?:\s*(!?=|!?~\*?)\s*(.*))?$/s.exec(words) ?? [];
  const value = name === "" ? undefined : variables.value(name);
  if (value === undefined) return undefined;
  if (operator === undefined) return value !== "" && value !== "0";
  const isNegated = operator.startsWith("!");
  const holds = operator.endsWith("=")
    ? equals(value, variables.text(operand))
    : fits(value, patternOf(operand, operator.endsWith("*")), variables);
  return holds === undefined ? undefined : holds !== isNegated;
}

function fits(value: string, pattern: RegExp | undefined, variables: Variables): boolean | undefined {
  const match = pattern?.exec(value);
  if (match) variables.setGroups(match);
  return pattern && match !== null;
}

function equals(value: string, operand: Value): boolean | undefined {
  return operand === undefined ? undefined : value === operand;
}
