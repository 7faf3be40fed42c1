import { Files } from "../files.ts";
import { type Directive, parseFrom } from "./parse.ts";

/** Imports deeper than this are a circle. */
const DEEPEST = 10;

/** What came of the imports of a Caddyfile. */
export interface Imported {
  readonly directives: readonly Directive[];
  /** What was to be imported and is not here. */
  readonly missing: readonly Directive[];
}

/** Puts snippets and files in the place of each import. */
export function imported(directives: readonly Directive[], path: string | undefined): Imported {
  const imports = new Imports(directives, path);
  return { directives: imports.expand(directives, 0), missing: imports.missing };
}

class Imports {
  readonly missing: Directive[] = [];
  readonly #snippets: ReadonlyMap<string, Directive>;
  readonly #files: Files;

  constructor(directives: readonly Directive[], path: string | undefined) {
    this.#files = new Files(path, /^\/etc\/caddy\//);
    this.#snippets = new Map(
      directives.flatMap((one) => {
        const name = /^\((.+)\)$/.exec(one.words[0] ?? "")?.[1];
        return name === undefined ? [] : [[name, one] as const];
      }),
    );
  }

  expand(directives: readonly Directive[], depth: number): readonly Directive[] {
    return directives.flatMap((one) => {
      if (one.words[0] === "import") return this.#import(one, depth);
      return one.block ? [{ ...one, block: this.expand(one.block, depth) }] : [one];
    });
  }

  #import(one: Directive, depth: number): readonly Directive[] {
    const [, name = "", ...args] = one.words;
    const snippet = this.#snippets.get(name);
    if (depth >= DEEPEST) return [];
    if (snippet)
      return this.expand(
        (snippet.block ?? []).map((line) => filled(line, args)),
        depth + 1,
      );
    const files = this.#files.find(name);
    if (files.length === 0) this.missing.push(one);
    return files.flatMap((file) => this.expand(parseFrom(file.lines, 0, file.name).directives, depth + 1));
  }
}

/** `{args.0}`, or `{args[0]}` from 2.7 on. */
function filled(line: Directive, args: readonly string[]): Directive {
  const words = line.words.map((word) =>
    word.replace(/\{args(?:\.|\[)(\d+)\]?\}/g, (_, index: string) => args[Number(index)] ?? ""),
  );
  return { ...line, words, block: line.block?.map((one) => filled(one, args)) };
}
