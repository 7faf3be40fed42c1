import { headerValue, type RequestHead } from "../../http/request-head.ts";
import { type Asked, bare, nameOfHost, UNKNOWN } from "../handshake.ts";
import { patternOf } from "../pattern.ts";
import type { Directive } from "./parse.ts";

/** Matchers with names, by them. */
export type Matchers = ReadonlyMap<string, Directive>;

export function matchersOf(block: readonly Directive[]): Matchers {
  return new Map(block.filter(({ words }) => words[0]?.startsWith("@")).map((one) => [one.words[0]!, one]));
}

/** Whether a word can be a directive's matcher. */
export function isMatcher(word: string | undefined): word is string {
  return word !== undefined && /^(?:\*$|\/|@)/.test(word);
}

/** Whether a matcher fits a request; undefined where that is not known. */
export function fits(
  word: string | undefined,
  matchers: Matchers,
  request: RequestHead,
  asked: Asked,
): boolean | undefined {
  if (word === undefined || word === "*") return true;
  if (word.startsWith("/")) return fitsPath([word], bare(request.target));
  const named = matchers.get(word);
  if (!named) return undefined;
  const conditions = named.block ?? [{ ...named, words: named.words.slice(1) }];
  return all(conditions, request, asked);
}

/** Conditions beside one another all have to fit; several of one header are joined by or. */
function all(conditions: readonly Directive[], request: RequestHead, asked: Asked): boolean | undefined {
  const groups = Map.groupBy(conditions, ({ words }) =>
    words[0] === "header"
      ? `header ${words[1]?.toLowerCase()}`
      : words[0] === "not"
        ? `${words.join(" ")}${conditions.length}`
        : words[0],
  );
  const results = [...groups.values()].map((group) => {
    const some = group.map((one) => fitsOne(one, request, asked));
    return some.includes(true) ? true : some.includes(undefined) ? undefined : false;
  });
  return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
}

function fitsOne(
  { words: [name, ...args], block, ...place }: Directive,
  request: RequestHead,
  asked: Asked,
): boolean | undefined {
  const path = bare(request.target);
  switch (name) {
    case "path":
      return fitsPath(args, path);
    case "path_regexp":
      return patternOf(args.at(-1) ?? "", false)?.test(path);
    case "host":
      return args.some((one) => one.toLowerCase() === nameOfHost(asked.host));
    case "method":
      return args.some((one) => one.toUpperCase() === request.method);
    case "header":
      return fitsHeader(args[0] ?? "", args[1], request);
    case "header_regexp": {
      const value = headerValue(request, args.at(-2)?.toLowerCase() ?? "");
      return value === null ? false : patternOf(args.at(-1) ?? "", false)?.test(value);
    }
    case "protocol":
      return asked.secure === undefined
        ? undefined
        : args[0] === "https"
          ? asked.secure
          : args[0] === "http"
            ? !asked.secure
            : undefined;
    case "not": {
      const inner = all(block ?? [{ words: args, block: undefined, ...place }], request, asked);
      return inner === undefined ? undefined : !inner;
    }
    default:
      return undefined;
  }
}

/** `*` at an end, at both or in the middle; case does not count. */
function fitsPath(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => wildcard(pattern.toLowerCase(), path.toLowerCase()));
}

function wildcard(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\*+/g, ".*");
  return new RegExp(`^${escaped}$`, "s").test(text);
}

function fitsHeader(name: string, value: string | undefined, request: RequestHead): boolean | undefined {
  if (name.startsWith("!")) return headerValue(request, name.slice(1).toLowerCase()) === null;
  const sent = headerValue(request, name.toLowerCase());
  if (sent === UNKNOWN) return undefined;
  if (sent === null)
    return /^(?:cookie|user-agent|referer|authorization|accept.*|x-.*)$/i.test(name) ? undefined : false;
  return value === undefined || value === "*" || wildcard(value, sent);
}
