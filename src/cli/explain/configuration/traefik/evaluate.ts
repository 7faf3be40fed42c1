import type { Seen } from "../../explanation.ts";
import type { RequestHead } from "../../http/request-head.ts";
import { type Asked, bare, handshakeFor, withHeader } from "../handshake.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import type { Node } from "../tree.ts";
import { ruleFits } from "./rule.ts";

/** What Traefik does with a handshake, by the `http` part of its configuration, from files or from labels. */
export function evaluate(http: Node, asked: Asked, lineOf: (name: string, value: string) => string): Outcome {
  const routers = (http.get("routers")?.entries ?? []).map(([name, node]) => ({
    name,
    node,
    rule: node.textAt("rule") ?? "",
  }));
  const doubts: string[] = [];
  const fitting = routers.filter(({ rule, node }) => {
    const fits = ruleFits(rule, asked);
    if (fits === undefined)
      doubts.push(`What the rule in ${placeOf(node.get("rule") ?? node)} depends on is not known.`);
    return fits === true;
  });
  const priority = (one: (typeof routers)[number]) => Number(one.node.textAt("priority") ?? 0) || one.rule.length;
  const [router] = fitting.toSorted((a, b) => priority(b) - priority(a));
  if (!router) return { title: "no router", fate: noRouter(http), beside: [], doubts };
  const way = new Way(http, router.node, asked, doubts, lineOf);
  const { fate, upstream, beside } = way.ending();
  return { title: `router ${router.name} → ${upstream}`, fate, beside, doubts };
}

function noRouter(http: Node): Fate {
  const seen: Seen = {
    code: "NO_ROUTE",
    detail: "no router's rule fits",
    fix: "Give it a router, whose rule has its host and its path.",
  };
  return { kind: "answered", status: 404, by: http.get("routers") ?? http, seen };
}

class Way {
  readonly #http: Node;
  readonly #router: Node;
  readonly #asked: Asked;
  readonly #doubts: string[];
  readonly #lineOf: (name: string, value: string) => string;
  readonly #changes = new Map<string, Node>();
  #request: RequestHead;

  constructor(
    http: Node,
    router: Node,
    asked: Asked,
    doubts: string[],
    lineOf: (name: string, value: string) => string,
  ) {
    this.#http = http;
    this.#router = router;
    this.#asked = asked;
    this.#doubts = doubts;
    this.#lineOf = lineOf;
    this.#request = handshakeFor(asked);
  }

  ending(): { readonly fate: Fate; readonly upstream: string; readonly beside: readonly Seen[] } {
    for (const middleware of this.#middlewares(listOf(this.#router.get("middlewares")), 0)) {
      const fate = this.#through(middleware);
      if (fate) return { fate, upstream: "a middleware", beside: [] };
    }
    const name = bareName(this.#router.textAt("service") ?? this.#only());
    const service = this.#http.get("services", name);
    const balancer = service?.get("loadbalancer");
    if (!service || !balancer) {
      if (service) this.#doubts.push(`The service in ${placeOf(service)} is not followed.`);
      else if (name !== "") this.#doubts.push(`The service ${name} is not in it.`);
    }
    const server = balancer?.get("servers")?.items[0] ?? balancer?.get("server");
    const url =
      server?.textAt("url") ??
      `${server?.textAt("scheme") ?? "http"}://${name || "its container"}:${server?.textAt("port") ?? "its port"}`;
    return { fate: this.#passedTo(url, balancer, server), upstream: url, beside: healthFault(balancer) };
  }

  /** A service that is the only one need not be named. */
  #only(): string {
    const all = this.#http.get("services")?.entries ?? [];
    return all.length === 1 ? all[0]![0] : "";
  }

  #middlewares(names: readonly string[], depth: number): readonly Node[] {
    return names.flatMap((name) => {
      const found = this.#http.get("middlewares", bareName(name));
      if (!found) this.#doubts.push(`The middleware ${name} is not in it.`);
      const chain = found?.get("chain", "middlewares");
      return chain && depth < 5 ? this.#middlewares(listOf(chain), depth + 1) : found ? [found] : [];
    });
  }

  /** What a middleware answers; undefined where it passes on. */
  #through(middleware: Node): Fate | undefined {
    const [kind = "", options = middleware] = middleware.entries[0] ?? [];
    const { target } = this.#request;
    const path = bare(target);
    const to = (changed: string) => {
      this.#request = { ...this.#request, target: changed + target.slice(path.length) };
    };
    switch (kind.toLowerCase()) {
      case "stripprefix": {
        const prefix = listOf(options.get("prefixes")).find((one) => path.startsWith(one));
        if (prefix !== undefined) to(path.slice(prefix.length).replace(/^\/*/, "/"));
        return undefined;
      }
      case "addprefix":
        to((options.textAt("prefix") ?? "") + path);
        return undefined;
      case "replacepath":
        to(options.textAt("path") ?? path);
        return undefined;
      case "replacepathregex":
        to(
          path.replace(
            patternOf(options.textAt("regex") ?? "", false) ?? /$^/,
            (options.textAt("replacement") ?? "").replace(/\$\{(\d)\}/g, "$$$1"),
          ),
        );
        return undefined;
      case "redirectscheme":
        return this.#redirectScheme(options);
      case "basicauth":
      case "digestauth":
        return { kind: "answered", status: 401, by: middleware };
      case "headers":
        this.#headers(options);
        return undefined;
      case "compress":
      case "retry":
      case "contenttype":
      case "grpcweb":
        return undefined;
      default:
        this.#doubts.push(`The middleware in ${placeOf(middleware)} (${kind}) is not followed.`);
        return undefined;
    }
  }

  #redirectScheme(options: Node): Fate | undefined {
    const scheme = options.textAt("scheme") ?? "https";
    const { secure, host } = this.#asked;
    if (secure === undefined || secure === (scheme === "https")) return undefined;
    return {
      kind: "answered",
      status: options.isTrue("permanent") ? 301 : 302,
      to: `${scheme}://${host}${this.#request.target}`,
      by: options,
    };
  }

  /** A header that is set to nothing is taken away. */
  #headers(options: Node): void {
    for (const [name, node] of options.get("customrequestheaders")?.entries ?? []) {
      const value = node.text ?? "";
      this.#request = withHeader(this.#request, name, value === "" ? undefined : value);
      this.#changes.set(name.toLowerCase(), node);
    }
  }

  #passedTo(url: string, balancer: Node | undefined, server: Node | undefined): Fate {
    const place = server ?? balancer ?? this.#router;
    if (/^h2c:/i.test(url))
      return {
        kind: "lost",
        what: `goes to ${url} over HTTP/2, which carries no upgrade`,
        seen: overHttp2(server ?? place),
      };
    if (!/^https?:/i.test(url))
      this.#doubts.push(`What Traefik makes of ${url} is not known: its documentation has http, https and h2c.`);
    const authority = url.replace(/^\w+:\/\//, "").replace(/\/.*$/, "");
    const keeps = balancer?.textAt("passhostheader");
    const drops = keeps !== undefined && /^false$/i.test(keeps);
    const request = drops ? withHeader(this.#request, "Host", authority) : this.#request;
    const by = drops ? balancer?.get("passhostheader") : undefined;
    return {
      kind: "passed",
      by: place,
      upstream: url,
      request,
      idleMs: undefined,
      idleBy: "",
      mend: (code) => this.#mended(code, by ?? place, by !== undefined),
    };
  }

  #mended(code: Seen["code"], by: Node, isHost: boolean): Pick<Seen, "where" | "fix" | "snippet"> {
    if (code === "ORIGIN_REJECTED" && isHost)
      return {
        where: placeOf(by),
        fix: "Let the client's Host go on, as it does by default.",
        snippet: instead(by, this.#lineOf("passHostHeader", "true")),
      };
    const name = code === "CONNECTION_NO_UPGRADE" ? "connection" : code === "ORIGIN_REJECTED" ? "host" : "upgrade";
    const changed = this.#changes.get(name);
    return {
      where: placeOf(changed ?? by),
      fix: "Take this header out of customRequestHeaders: Traefik passes it on by itself.",
    };
  }
}

function overHttp2(by: Node): Seen {
  return {
    code: "STATUS_NOT_101",
    where: placeOf(by),
    detail: "h2c is spoken with the server, and an upgrade is HTTP/1.1's",
    fix: "Use http in the place of h2c.",
  };
}

/** A check by a plain GET, which a server for sockets alone answers with 426. */
function healthFault(balancer: Node | undefined): readonly Seen[] {
  const check = balancer?.get("healthcheck");
  const path = check?.textAt("path");
  if (!check || check.get("status")) return [];
  return [
    {
      code: "STATUS_NOT_101",
      level: path === undefined || path === "/" ? "warn" : "advice",
      where: placeOf(check),
      detail: `healthCheck asks for ${path ?? "/"} by a plain GET: a server for sockets alone answers 426, and is taken out`,
      fix: "Leave it out, or say what the answer is: status: 426.",
    },
  ];
}

/** `name@file` is one of a provider's. */
function bareName(name: string): string {
  return name.replace(/@\w+$/, "");
}

/** A list, or a text with commas, as labels have it. */
function listOf(node: Node | undefined): readonly string[] {
  if (!node) return [];
  return node.items
    .flatMap(({ text = "" }) => text.split(","))
    .map((one) => one.trim())
    .filter(Boolean);
}
