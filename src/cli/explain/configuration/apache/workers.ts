import type { Host } from "./hosts.ts";
import { type Directive, named } from "./parse.ts";

/** A connection to a server behind, with the settings that all who use it share. */
export interface Worker {
  readonly url: string;
  readonly settings: ReadonlyMap<string, string>;
  /** What made it first. */
  readonly by: Directive;
}

/** The workers of a host: of those with the same URL the first one's settings count (AH01146). */
export function workersOf({ own, main }: Host): readonly Worker[] {
  const all = own === main ? main : [...main, ...own];
  const found = all.flatMap((one): readonly Worker[] => {
    if (one.name === "location" || one.name === "locationmatch")
      return named(one.block ?? [], "proxypass").map((pass) => workerOf(pass, 0));
    if (one.name === "proxypass" || one.name === "proxypassmatch") return [workerOf(one, 1)];
    if (one.name === "proxy") return ofSection(one);
    return [];
  });
  return found.filter((one, at) => found.findIndex(({ url }) => url === one.url) === at);
}

/** `<Proxy "http://…">` with ProxySet, or the members of a balancer. */
function ofSection(section: Directive): readonly Worker[] {
  const sets = named(section.block ?? [], "proxyset");
  const url = section.args[0] ?? "";
  const members = named(section.block ?? [], "balancermember").map((one) => workerOf(one, 0));
  if (sets.length === 0 || !/^\w+:/.test(url)) return members;
  return [...members, { url: shortened(url), settings: settingsOf(sets.flatMap(({ args }) => args)), by: sets[0]! }];
}

function workerOf(by: Directive, at: number): Worker {
  // What a pattern fills in is no part of a worker's name.
  const url = (by.args[at] ?? "").replace(/\$\d.*$/s, "");
  return { url: shortened(url), settings: settingsOf(by.args.slice(at + 1)), by };
}

/** A path of nothing but a slash is none. */
function shortened(url: string): string {
  return url.replace(/^(\w+:\/\/[^/]*)\/$/, "$1");
}

/** `upgrade=websocket timeout=3600`. */
function settingsOf(args: readonly string[]): ReadonlyMap<string, string> {
  return new Map(args.filter((arg) => arg.includes("=")).map((arg) => splitAt(arg, arg.indexOf("="))));
}

function splitAt(text: string, at: number): readonly [string, string] {
  return [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
}

/** The worker that a request to a URL goes by: the one whose own URL is the longest beginning of it. */
export function workerFor(workers: readonly Worker[], url: string): Worker | undefined {
  const fitting = workers.filter((one) => url.startsWith(one.url));
  return fitting.toSorted((a, b) => b.url.length - a.url.length)[0];
}

/** A member of a balancer. */
export function memberOf({ own, main }: Host, url: string): Directive | undefined {
  const name = /^balancer:\/\/[^/]+/i.exec(url)?.[0];
  const sections = named(own === main ? main : [...main, ...own], "proxy");
  const section = sections.find(({ args }) => args[0]?.replace(/\/$/, "") === name);
  return named(section?.block ?? [], "balancermember")[0];
}
