import { isMatcher, type Matchers } from "./matcher.ts";
import type { Directive } from "./parse.ts";

/** Caddy's order, whatever the order in the file is. */
const ORDER = [
  "redir",
  "method",
  "rewrite",
  "uri",
  "try_files",
  "basicauth",
  "basic_auth",
  "forward_auth",
  "request_header",
  "handle",
  "route",
  "abort",
  "error",
  "respond",
  "reverse_proxy",
  "php_fastcgi",
  "file_server",
];

/** The directives of a block that decide, in the order in which they come: longer paths first, what has no matcher last. */
export function ordered(block: readonly Directive[], matchers: Matchers): readonly Directive[] {
  const known = block.filter((one) => ORDER.includes(nameOf(one)));
  return known.toSorted((a, b) => ORDER.indexOf(nameOf(a)) - ORDER.indexOf(nameOf(b)) || compared(a, b, matchers));
}

/** handle_path is a handle. */
export function nameOf({ words: [name = ""] }: Directive): string {
  return name === "handle_path" ? "handle" : name;
}

function compared(a: Directive, b: Directive, matchers: Matchers): number {
  const [left, right] = [pathOf(a, matchers), pathOf(b, matchers)];
  if (left !== undefined && right !== undefined)
    return length(right) - length(left) || Number(left.endsWith("*")) - Number(right.endsWith("*"));
  const [hasLeft, hasRight] = [matcherOf(a) !== undefined, matcherOf(b) !== undefined];
  if (left === undefined && right === undefined) return Number(hasRight) - Number(hasLeft);
  return left !== undefined ? (hasRight ? -1 : -1) : 1;
}

function length(path: string): number {
  return path.replace(/\*$/, "").length;
}

export function matcherOf({ words }: Directive): string | undefined {
  return isMatcher(words[1]) ? words[1] : undefined;
}

/** The one path that a directive is for. */
function pathOf(one: Directive, matchers: Matchers): string | undefined {
  const word = matcherOf(one);
  if (word?.startsWith("/")) return word;
  const named = word === undefined ? undefined : matchers.get(word);
  const conditions = named?.block ?? (named ? [{ ...named, words: named.words.slice(1) }] : []);
  const [only, ...more] = conditions;
  return only?.words[0] === "path" && only.words.length === 2 && more.length === 0 ? only.words[1] : undefined;
}
