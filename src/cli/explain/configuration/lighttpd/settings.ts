import { Files } from "../files.ts";
import { type Asked, bare, nameOfHost } from "../handshake.ts";
import { patternOf } from "../pattern.ts";
import type { Place } from "../place.ts";
import { type Branch, type Entry, parseFrom, type Statement, type Value } from "./parse.ts";

/** One setting that counts for a request. */
export interface Setting extends Place {
  readonly name: string;
  readonly value: Value;
  /** The last line of it. */
  readonly end: number;
  /** Whether it is known from its beginning, and not only what is added to it. */
  readonly isWhole: boolean;
}

/** What a configuration says for a request. */
export interface Settings {
  get(name: string): Setting | undefined;
  /** A list, with the names that stand for others. */
  list(name: string): readonly Entry[];
  readonly doubts: readonly Place[];
  readonly missing: readonly Statement[];
}

/** So deep files may include one another. */
const DEEPEST = 10;

/** Goes through the statements; `asked` undefined for what stands in any block. */
export function settingsFor(statements: readonly Statement[], asked: Asked, path: string | undefined): Settings {
  const walk = new Walk(asked, path);
  walk.through(statements, 0);
  const list = (name: string): readonly Entry[] => {
    const value = walk.found.get(name)?.value;
    return Array.isArray(value) ? value : [];
  };
  return { get: (name) => walk.found.get(name), list, doubts: walk.doubts, missing: walk.missing };
}

class Walk {
  readonly found = new Map<string, Setting>();
  readonly doubts: Place[] = [];
  readonly missing: Statement[] = [];
  readonly #asked: Asked;
  readonly #files: Files;

  constructor(asked: Asked, path: string | undefined) {
    this.#asked = asked;
    this.#files = new Files(path, /^\/etc\/lighttpd\//);
  }

  through(statements: readonly Statement[], depth: number): void {
    for (const one of statements) {
      if (one.kind === "setting") this.#set(one);
      else if (one.kind === "include") this.#include(one, depth);
      else this.#condition(one.branches, one, depth);
    }
  }

  #set({ name, value, adds, file, line, end }: Statement & { readonly kind: "setting" }): void {
    const old = this.found.get(name);
    const added = typeof value === "string" ? this.#named(value) : value;
    const both =
      adds && old && typeof old.value !== "string" && typeof added !== "string" ? [...old.value, ...added] : added;
    this.found.set(name, { name, value: both, file, line, end, isWhole: !adds || old?.isWhole === true });
  }

  /** `var.x` stands for what it was set to. */
  #named(value: string): Value {
    return (/^(?:var|env)\./.test(value) ? this.found.get(value)?.value : undefined) ?? value;
  }

  #include(one: Statement & { readonly kind: "include" }, depth: number): void {
    const files =
      one.name === "include" && typeof one.value === "string" && depth < DEEPEST ? this.#files.find(one.value) : [];
    if (files.length === 0) this.missing.push(one);
    for (const { lines, name } of files) this.through(parseFrom(lines, 0, name).statements, depth + 1);
  }

  #condition(branches: readonly Branch[], place: Place, depth: number): void {
    for (const { test, block } of branches) {
      const applies = test === undefined ? true : this.#holds(test);
      if (applies === undefined) this.doubts.push(place);
      if (!applies) continue;
      this.through(block, depth);
      return;
    }
  }

  #holds({ subject, operator, value }: NonNullable<Branch["test"]>): boolean | undefined {
    const found = this.#subject(subject);
    if (found === undefined) return undefined;
    const compared =
      subject === '$HTTP["host"]' && !value.includes(":") && /^[=!]=$/.test(operator) ? nameOfHost(found) : found;
    switch (operator) {
      case "==":
        return compared === value;
      case "!=":
        return compared !== value;
      case "=^":
        return found.startsWith(value);
      case "=$":
        return found.endsWith(value);
      case "=~":
        return patternOf(value, false)?.test(found);
      case "!~": {
        const fits = patternOf(value, false)?.test(found);
        return fits === undefined ? undefined : !fits;
      }
      default:
        return undefined;
    }
  }

  #subject(name: string): string | undefined {
    const { host, path, secure } = this.#asked;
    switch (name.replace(/^\$REQUEST_HEADER/i, "$HEADER").toLowerCase()) {
      case '$http["host"]':
      case '$header["host"]':
        return host;
      case '$http["url"]':
        return bare(path);
      case '$http["querystring"]':
        return path.slice(bare(path).length + 1);
      case '$http["request-method"]':
      case '$http["requestmethod"]':
        return "GET";
      case '$http["scheme"]':
        return secure === undefined ? undefined : secure ? "https" : "http";
      case '$header["upgrade"]':
        return "websocket";
      case '$header["connection"]':
        return "Upgrade";
      case '$header["sec-websocket-version"]':
        return "13";
      case '$server["socket"]':
        return undefined;
      default:
        return undefined;
    }
  }
}
