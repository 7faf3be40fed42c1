import { patternOf } from "../pattern.ts";
import type { Host } from "./hosts.ts";
import { type Directive, named } from "./parse.ts";

/** What counts for a path: the server's directives, the host's, then those of each section that fits, in their order. */
export class PathScope {
  readonly #all: readonly (readonly Directive[])[];
  /** The sections that the path is in. */
  readonly sections: readonly Directive[];

  constructor({ own, main }: Host, path: string) {
    this.sections = [...main, ...own].filter((one) => isSection(one) && fits(one, path));
    const blocks = this.sections.map(({ block }) => block ?? []);
    this.#all = [main, own === main ? [] : own, ...blocks];
  }

  /** The directive of a name that counts. */
  last(name: string): Directive | undefined {
    return this.#all.flatMap((block) => named(block, name)).at(-1);
  }

  /** All of a name, the outermost first. */
  all(name: string): readonly Directive[] {
    return this.#all.flatMap((block) => named(block, name));
  }

  isOn(name: string): boolean {
    return this.last(name)?.args[0]?.toLowerCase() === "on";
  }
}

function isSection({ name }: Directive): boolean {
  return name === "location" || name === "locationmatch";
}

function fits({ name, args }: Directive, path: string): boolean {
  const [first = "", second] = args;
  if (name === "locationmatch") return patternOf(first, false)?.test(path) === true;
  if (first === "~") return patternOf(second ?? "", false)?.test(path) === true;
  return isPrefix(first, path);
}

/** Whether a path is one, or below it: `/chat` is no prefix of `/chatter`. */
export function isPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith("/") || path.length === prefix.length || path[prefix.length] === "/";
}
