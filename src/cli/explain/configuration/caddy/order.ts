import { isMatcher, type Matchers } from "./matcher.ts";
import type { Directive } from "./parse.ts";

/** Caddy's order, whatever the order in the file is, where the option `order` says nothing else. */
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

/** In which order directives come, by the option `order`, and which of its lines name what is not known here. */
export interface Order {
  readonly names: readonly string[];
  readonly notFollowed: readonly Directive[];
}

/** What the global options make of Caddy's order. */
export function orderOf(global: readonly Directive[]): Order {
  let names: readonly string[] = ORDER;
  const notFollowed: Directive[] = [];
  for (const one of global.filter(({ words }) => words[0] === "order")) {
    const [, name = "", where = "", other = ""] = one.words;
    const rest = names.filter((each) => each !== name);
    const at = where === "first" ? 0 : where === "last" ? rest.length : rest.indexOf(other) + Number(where === "after");
    const isKnown = names.includes(name) && (/^(?:first|last)$/.test(where) || rest.includes(other));
    if (isKnown) names = rest.toSpliced(at, 0, name);
    else notFollowed.push(one);
  }
  return { names, notFollowed };
}

/** The directives of a block that decide, in the order in which they come: longer paths first, what has no matcher last. */
export function ordered(
  block: readonly Directive[],
  matchers: Matchers,
  names: readonly string[] = ORDER,
): readonly Directive[] {
  const known = block.filter((one) => names.includes(nameOf(one)));
  return known.toSorted((a, b) => names.indexOf(nameOf(a)) - names.indexOf(nameOf(b)) || compared(a, b, matchers));
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
