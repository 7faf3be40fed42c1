import { Files } from "../files.ts";
import { type Directive, parseFrom } from "./parse.ts";

/** A configuration with what it includes, and without what is only for others. */
export interface Expanded {
  readonly directives: readonly Directive[];
  /** What was to be included and is not here. */
  readonly missing: readonly Directive[];
  /** What is not followed. */
  readonly doubts: readonly Directive[];
}

/** So deep files may include one another. */
const DEEPEST = 10;

/** Files that say nothing about how requests are passed on. */
const IRRELEVANT =
  /(?:^|\/)(?:ports\.conf|mime\.types|magic|options-ssl-apache\.conf|conf-enabled\/.*|letsencrypt\/.*)$/;

/** Sections that hold where a module or a setting is there. */
const CONDITIONS = /^(?:ifmodule|ifdefine|ifversion|iffile|ifdirective|ifsection)$/;

/** Puts in the place of each include what it includes, and in that of each `<If…>` what is in it if it holds. */
export function expanded(directives: readonly Directive[], path: string | undefined): Expanded {
  const expansion = new Expansion(path);
  return { directives: expansion.expand(directives, 0), missing: expansion.missing, doubts: expansion.doubts };
}

class Expansion {
  readonly missing: Directive[] = [];
  readonly doubts: Directive[] = [];
  readonly #files: Files;
  readonly #defined = new Map<string, string>();
  readonly #macros = new Map<string, Directive>();

  constructor(path: string | undefined) {
    this.#files = new Files(path, /^\/etc\/(?:apache2|httpd)\//);
  }

  expand(directives: readonly Directive[], depth: number): readonly Directive[] {
    return directives.flatMap((given) => {
      const one = this.#filled(given);
      if (one.name === "define") this.#defined.set(one.args[0] ?? "", one.args[1] ?? "");
      if (one.name === "include" || one.name === "includeoptional") return this.#include(one, depth);
      if (CONDITIONS.test(one.name)) return this.#holds(one) ? this.expand(one.block ?? [], depth) : [];
      if (one.name === "macro") this.#macros.set(one.args[0]?.toLowerCase() ?? "", one);
      if (one.name === "use") return this.#use(one, depth);
      if (/^(?:if|elseif|else|perl)$/.test(one.name)) this.doubts.push(one);
      if (/^(?:macro|if|elseif|else|perl)$/.test(one.name)) return [];
      return one.block ? [{ ...one, block: this.expand(one.block, depth) }] : [one];
    });
  }

  /** `Use name value …`: what is in `<Macro name $parameter …>`, with the values in the place of its parameters. */
  #use(use: Directive, depth: number): readonly Directive[] {
    const [name = "", ...values] = use.args;
    const macro = this.#macros.get(name.toLowerCase());
    if (!macro || depth >= DEEPEST) {
      this.doubts.push(use);
      return [];
    }
    // The longest first: $host must not be taken for a part of $hostname.
    const parameters = macro.args.slice(1).map((parameter, at) => [parameter, values[at] ?? ""] as const);
    const sorted = parameters.toSorted(([a], [b]) => b.length - a.length);
    const fill = (text: string) => sorted.reduce((rest, [parameter, value]) => rest.replaceAll(parameter, value), text);
    return this.expand(filledWith(macro.block ?? [], fill), depth + 1);
  }

  /** `${NAME}` is what Define says. */
  #filled(one: Directive): Directive {
    if (!one.args.some((arg) => arg.includes("${"))) return one;
    const args = one.args.map((arg) =>
      arg.replace(/\$\{(\w+)\}/g, (all, name: string) => this.#defined.get(name) ?? all),
    );
    return { ...one, args, written: one.written ?? one.args };
  }

  /** Modules are taken to be there: what needs one that is not does not come to be in use. */
  #holds({ name, args: [first = ""] }: Directive): boolean {
    const isNegated = first.startsWith("!");
    if (name === "ifdefine") return this.#defined.has(first.replace("!", "")) !== isNegated;
    return !isNegated;
  }

  #include(directive: Directive, depth: number): readonly Directive[] {
    const pattern = directive.args[0] ?? "";
    const files = depth < DEEPEST ? this.#files.find(pattern) : [];
    if (files.length > 0)
      return files.flatMap(({ lines, name }) => this.expand(parseFrom(lines, 0, name).directives, depth + 1));
    if (directive.name === "include" && !IRRELEVANT.test(pattern)) this.missing.push(directive);
    return [];
  }
}

function filledWith(block: readonly Directive[], fill: (text: string) => string): readonly Directive[] {
  return block.map((one) => ({
    ...one,
    args: one.args.map(fill),
    written: one.written ?? one.args,
    block: one.block && filledWith(one.block, fill),
  }));
}
