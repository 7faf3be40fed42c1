import { patternOf } from "../pattern.ts";
import type { Directive } from "./parse.ts";

/** A value of a variable: undefined where it depends on what is not known. */
export type Value = string | undefined;

/** What the variables of a request are: those of nginx, of `map` and of `set`. */
export class Variables {
  readonly #known: ReadonlyMap<string, Value>;
  readonly #maps: ReadonlyMap<string, Directive>;
  readonly #set = new Map<string, Value>();
  #depth = 0;

  constructor(known: ReadonlyMap<string, Value>, maps: readonly Directive[]) {
    this.#known = known;
    this.#maps = new Map(maps.map((map) => [(map.args[1] ?? "").slice(1), map]));
  }

  /** Notes what `set` gives. */
  set(name: string, value: Value): void {
    this.#set.set(name, value);
  }

  /** Notes what a pattern's groups are, by their numbers and their names. */
  setGroups(match: RegExpExecArray): void {
    for (let at = 1; at < match.length; at++) this.#set.set(`${at}`, match[at] ?? "");
    for (const [name, value] of Object.entries(match.groups ?? {})) this.#set.set(name, value ?? "");
  }

  /** Whether a `map` or `set` makes a variable. */
  defines(name: string): boolean {
    return this.#maps.has(name) || this.#set.has(name);
  }

  /** A text with its variables put in; undefined where one is not known. */
  text(template: string): Value {
    let known = true;
    const text = template.replace(/\$(\w+)/g, (_, name: string) => {
      const value = this.value(name);
      known &&= value !== undefined;
      return value ?? "";
    });
    return known ? text : undefined;
  }

  /** What a variable is. */
  value(name: string): Value {
    if (this.#set.has(name)) return this.#set.get(name);
    if (this.#known.has(name)) return this.#known.get(name);
    const map = this.#maps.get(name);
    if (map && this.#depth < 10) return this.#mapped(map);
    // A group that there is none of is empty, and so is a header that the client does not send; others are not known.
    if (/^\d$/.test(name)) return "";
    return name.startsWith("http_") && !UNKNOWN_HEADERS.test(name) ? "" : undefined;
  }

  #mapped({ args, block = [] }: Directive): Value {
    this.#depth++;
    const source = this.text(args[0] ?? "");
    const found = source === undefined ? onlyResult(block) : resultOf(source, block);
    const value = found === undefined ? undefined : this.text(found);
    this.#depth--;
    return value;
  }
}

/** What a browser may well send. */
const UNKNOWN_HEADERS = /^http_(?:cookie|user_agent|referer|authorization|accept\w*|x_\w+|cf_\w+|forwarded|via)$/;

/** nginx looks for the value itself, then for patterns in their order, then for the default. */
function resultOf(source: string, block: readonly Directive[]): string | undefined {
  const plain = block.find(
    ({ name }) => !name.startsWith("~") && unescaped(name).toLowerCase() === source.toLowerCase(),
  );
  if (plain) return plain.args[0];
  const pattern = block.find(({ name }) => name.startsWith("~") && fits(name, source));
  return (pattern ?? block.find(({ name }) => name === "default"))?.args[0] ?? "";
}

/** Of what depends on something unknown, the one result that it can have. */
function onlyResult(block: readonly Directive[]): string | undefined {
  const results = new Set(block.map(({ args }) => args[0] ?? ""));
  return results.size === 1 ? [...results][0] : undefined;
}

function fits(name: string, source: string): boolean {
  const ignoreCase = name.startsWith("~*");
  return patternOf(name.slice(ignoreCase ? 2 : 1), ignoreCase)?.test(source) === true;
}

/** `\default` is the word itself. */
function unescaped(name: string): string {
  return name.replace(/^\\/, "");
}
