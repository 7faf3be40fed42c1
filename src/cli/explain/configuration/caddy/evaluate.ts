import type { RequestHead } from "../../http/request-head.ts";
import { type Asked, bare, handshakeFor } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import { fits, type Matchers, matchersOf } from "./matcher.ts";
import { matcherOf, nameOf, ordered } from "./order.ts";
import type { Directive } from "./parse.ts";
import { edited, placeholders, reverseProxy } from "./proxy.ts";
import type { Site } from "./sites.ts";

/** What a site of Caddy does with a handshake. */
export function evaluate(site: Site, asked: Asked, order?: readonly string[]): Outcome {
  const run = new Run(asked, order);
  const found = run.through(site.block, handshakeFor(asked), new Map());
  const { fate, title, beside } = found ?? {
    fate: { kind: "answered" as const, status: 200, by: site.heading ?? { file: "Caddyfile", line: 1 }, seen: NOTHING },
    title: "nothing in it",
    beside: [],
  };
  const name = site.heading ? site.heading.words.join(" ") : "site";
  return {
    title: `${name}: ${title}`,
    fate,
    beside: beside ?? [],
    doubts: run.doubts.map((one) => `${one.words.join(" ").slice(0, 100)} (${placeOf(one)}) may decide otherwise.`),
  };
}

const NOTHING = {
  code: "STATUS_NOT_101",
  detail: "Caddy answers what no directive takes with an empty 200",
  fix: "Give the path a reverse_proxy to the WebSocket server.",
  snippet: undefined,
} as const;

/** Where a request ends. */
interface End {
  readonly fate: Fate;
  readonly title: string;
  readonly beside?: Outcome["beside"];
}

class Run {
  readonly doubts: Directive[] = [];
  readonly #edits: Directive[] = [];
  readonly #asked: Asked;
  readonly #order: readonly string[] | undefined;
  #request: RequestHead;

  constructor(asked: Asked, order: readonly string[] | undefined) {
    this.#asked = asked;
    this.#order = order;
    this.#request = handshakeFor(asked);
  }

  /** Goes through a block in Caddy's order; undefined where nothing in it answers. */
  through(block: readonly Directive[], request: RequestHead, outer: Matchers, isRoute = false): End | undefined {
    this.#request = request;
    const matchers = new Map([...outer, ...matchersOf(block)]);
    const done = new Set<string>();
    for (const one of isRoute ? block : ordered(block, matchers, this.#order)) {
      const name = nameOf(one);
      // One of several rewrites or handles alone is taken.
      if (done.has(name)) continue;
      const applies = fits(matcherOf(one), matchers, this.#request, this.#asked);
      if (applies === undefined) this.doubts.push(one);
      if (!applies) continue;
      if (name === "handle" || name === "rewrite") done.add(isRoute && name === "rewrite" ? "" : name);
      const end = this.#act(name, one, matchers);
      if (end) return end;
    }
    return undefined;
  }

  #act(name: string, one: Directive, matchers: Matchers): End | undefined {
    const args = one.words.slice(matcherOf(one) === undefined ? 1 : 2);
    switch (name) {
      case "handle":
        return this.#handle(one, matchers);
      case "route":
        return this.through(one.block ?? [], this.#request, matchers, true);
      case "reverse_proxy": {
        const { fate, upstream, beside } = reverseProxy(
          one,
          args,
          { request: this.#request, edits: this.#edits },
          this.#asked,
        );
        return { fate, beside, title: `reverse_proxy ${matcherOf(one) ?? ""} → ${upstream}`.replace("  ", " ") };
      }
      case "redir":
      case "respond":
      case "error":
      case "abort":
      case "basicauth":
      case "basic_auth":
        return this.#answer(name, one, args);
      case "file_server":
        return {
          title: "file_server",
          fate: { kind: "lost", what: "is not passed on: Caddy looks for a file", seen: noRoute(one) },
        };
      case "php_fastcgi":
        return {
          title: "php_fastcgi",
          fate: { kind: "lost", what: "goes on by FastCGI, which carries no upgrade", seen: noRoute(one) },
        };
      case "forward_auth":
      case "try_files":
        this.doubts.push(one);
        return undefined;
      default:
        if (name === "request_header") this.#edits.push(one);
        this.#edit(name, args);
        return undefined;
    }
  }

  #handle(one: Directive, matchers: Matchers): End | undefined {
    const before = this.#request;
    const prefix = one.words[0] === "handle_path" ? matcherOf(one)?.replace(/\*$/, "") : undefined;
    const { target } = before;
    if (prefix !== undefined && target.startsWith(prefix)) {
      const rest = target.slice(prefix.length);
      this.#request = { ...before, target: rest.startsWith("/") ? rest : `/${rest}` };
    }
    const end = this.through(one.block ?? [], this.#request, matchers);
    // What a handle does not answer goes on to the directives behind it.
    return end;
  }

  #answer(name: string, one: Directive, args: readonly string[]): End {
    const [first = "", second] = args;
    const title = `${name} ${args.join(" ")}`.slice(0, 80);
    if (name === "abort")
      return {
        title,
        fate: {
          kind: "lost",
          what: "is ended without an answer",
          seen: { code: "CLOSED_BEFORE_RESPONSE", where: placeOf(one) },
        },
      };
    if (name === "redir") {
      const status =
        lookup<number>({ permanent: 301, temporary: 302, html: 200 }, second ?? "") ?? (Number(second) || 302);
      return {
        title,
        fate: { kind: "answered", status, to: placeholders(first, this.#request, this.#asked) ?? first, by: one },
      };
    }
    if (name.startsWith("basic")) return { title, fate: { kind: "answered", status: 401, by: one } };
    const given = /^\d{3}$/.test(first) ? first : (second ?? statusIn(one));
    return {
      title,
      fate: { kind: "answered", status: Number(given ?? (name === "error" ? 500 : 200)) || 200, by: one },
    };
  }

  #edit(name: string, args: readonly string[]): void {
    const [first = "", second = "", third = ""] = args;
    const { target } = this.#request;
    const query = target.slice(bare(target).length);
    const path = bare(target);
    if (name === "request_header") this.#request = edited(this.#request, args, this.#asked);
    else if (name === "method") this.#request = { ...this.#request, method: first };
    else if (name === "rewrite") this.#rewrite(placeholders(first, this.#request, this.#asked) ?? target, query);
    else if (first === "strip_prefix" && path.startsWith(second)) this.#to(path.slice(second.length) || "/", query);
    else if (first === "strip_suffix" && path.endsWith(second))
      this.#to(path.slice(0, path.length - second.length), query);
    else if (first === "replace") this.#request = { ...this.#request, target: target.replaceAll(second, third) };
    else if (first === "path_regexp") this.#to(path.replace(patternOf(second, false) ?? /$^/, third), query);
  }

  /** A new path keeps the query, unless it has one. */
  #rewrite(to: string, query: string): void {
    if (to === "*") return;
    this.#request = { ...this.#request, target: to.includes("?") ? to.replace(/\?$/, "") : to + query };
  }

  #to(path: string, query: string): void {
    this.#request = { ...this.#request, target: (path.startsWith("/") ? path : `/${path}`) + query };
  }
}

function statusIn({ block }: Directive): string | undefined {
  return block?.find(({ words }) => words[0] === "status")?.words[1];
}

function noRoute(one: Directive) {
  return {
    code: "NO_ROUTE",
    where: placeOf(one),
    fix: "Give the path a reverse_proxy to the WebSocket server.",
  } as const;
}
