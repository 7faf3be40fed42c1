import { patternOf } from "../pattern.ts";
import type { Directive } from "./parse.ts";

/** A location that was chosen, from the outermost that it is in to itself; or a redirection to its path with a slash. */
export interface Chosen {
  readonly way: readonly Directive[];
  /** How its pattern fits, for `$1` and the like; undefined for a prefix. */
  readonly match: RegExpExecArray | undefined;
  readonly isSlashRedirect?: true;
}

/** How a location is written: what stands before its path. */
type Modifier = "=" | "^~" | "~" | "~*" | "@" | "";

/** The modifier of a location, and its path or pattern. */
export function nameOf({ args }: Directive): { readonly modifier: Modifier; readonly path: string } {
  const [first = "", second] = args;
  if (second !== undefined) return { modifier: first as Modifier, path: second };
  // They may be written together.
  const [, modifier = "", path = ""] = /^(=|\^~|~\*?|@)?(.*)$/s.exec(first) ?? [];
  return { modifier: modifier as Modifier, path };
}

/**
 * The location that nginx takes for a path (ngx_http_core_find_location): the exact one, else the longest prefix, unless a
 * pattern fits and that prefix does not forbid it. Undefined where none fits.
 */
export function chooseLocation(block: readonly Directive[], path: string): Chosen | undefined {
  const { chosen } = find(block, path);
  return chosen;
}

/** @returns what was found, and whether no pattern further out may replace it */
function find(
  block: readonly Directive[],
  path: string,
): { readonly chosen: Chosen | undefined; readonly isFinal: boolean } {
  const locations = block.filter(({ name }) => name === "location");
  const exact = locations.find((one) => nameOf(one).modifier === "=" && nameOf(one).path === path);
  if (exact) return { chosen: { way: [exact], match: undefined }, isFinal: true };
  const redirect = locations.find((one) => isPrefix(one) && nameOf(one).path === `${path}/` && passes(one));
  if (redirect) return { chosen: { way: [redirect], match: undefined, isSlashRedirect: true }, isFinal: true };
  const prefix = longest(locations, path);
  const inner = prefix && find(prefix.block ?? [], path);
  const chosen = prefix && {
    way: [prefix, ...(inner?.chosen?.way ?? [])],
    match: inner?.chosen?.match,
    ...(inner?.chosen?.isSlashRedirect && { isSlashRedirect: true as const }),
  };
  if (inner?.isFinal) return { chosen, isFinal: true };
  if (prefix && nameOf(prefix).modifier === "^~") return { chosen, isFinal: false };
  const fitting = firstPattern(locations, path);
  if (!fitting) return { chosen, isFinal: false };
  const nested = find(fitting.location.block ?? [], path).chosen;
  return {
    chosen: {
      way: [fitting.location, ...(nested?.way ?? [])],
      match: nested?.match ?? fitting.match,
    },
    isFinal: true,
  };
}

function isPrefix(location: Directive): boolean {
  const { modifier, path } = nameOf(location);
  return (modifier === "" || modifier === "^~") && path.startsWith("/");
}

/** nginx redirects to the path with a slash where the location passes requests on. */
function passes({ block = [] }: Directive): boolean {
  return block.some(({ name }) => /^(?:proxy|fastcgi|uwsgi|scgi|memcached|grpc)_pass$/.test(name));
}

function longest(locations: readonly Directive[], path: string): Directive | undefined {
  const fitting = locations.filter((one) => isPrefix(one) && path.startsWith(nameOf(one).path));
  return fitting.toSorted((a, b) => nameOf(b).path.length - nameOf(a).path.length)[0];
}

function firstPattern(
  locations: readonly Directive[],
  path: string,
): { readonly location: Directive; readonly match: RegExpExecArray } | undefined {
  for (const location of locations) {
    const { modifier, path: pattern } = nameOf(location);
    if (modifier !== "~" && modifier !== "~*") continue;
    const match = patternOf(pattern, modifier === "~*")?.exec(path);
    if (match) return { location, match };
  }
  return undefined;
}
