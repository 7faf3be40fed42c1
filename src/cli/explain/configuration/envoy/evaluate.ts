import type { Seen } from "../../explanation.ts";
import { type Asked, bare, handshakeFor, nameOfHost, withHeader } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import type { Fate, Outcome, Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import { milliseconds } from "../time.ts";
import type { Node } from "../tree.ts";

/** What one HttpConnectionManager of Envoy does with a handshake. */
export function evaluate(manager: Node, root: Node, asked: Asked): Outcome {
  const doubts: string[] = [];
  const hosts = manager.get("route_config", "virtual_hosts")?.items ?? [];
  const host = hostFor(hosts, asked.host);
  const name = `listener ${manager.textAt("stat_prefix") ?? ""}`.trim();
  if (!manager.get("route_config")) doubts.push("Its routes are told by another server (rds), and are not known.");
  const route = host?.get("routes")?.items.find((one) => {
    const fits = matches(one.get("match"), asked);
    if (fits === undefined) doubts.push(`What the match in ${placeOf(one)} depends on is not known.`);
    return fits === true;
  });
  const made = (fate: Fate, title: string): Outcome => ({ title, fate, beside: [], doubts });
  if (!route && manager.get("route_config")) return made(noRoute(manager), `${name}: no route`);
  if (route?.get("redirect")) return made(redirected(route, asked), `${name}: redirect`);
  const direct = route?.get("direct_response");
  if (direct)
    return made(
      { kind: "answered", status: Number(direct.textAt("status") ?? 200), by: direct },
      `${name}: direct_response`,
    );
  const action = route?.get("route");
  const old = action?.get("use_websocket");
  if (old && action?.isTrue("use_websocket"))
    doubts.push(
      `use_websocket (${placeOf(old)}) lets upgrades pass in old versions of Envoy; API v3 has no such field.`,
    );
  if (!isUpgraded(manager, action)) return made(refused(manager, action), `${name}: no upgrade_configs`);
  const clusterName = action?.textAt("cluster") ?? "";
  const cluster = root.all(
    (one) =>
      one.textAt("name") === clusterName &&
      (one.get("load_assignment") ?? one.get("connect_timeout") ?? one.get("type")) !== undefined,
  )[0];
  const http2 =
    cluster?.get("http2_protocol_options") ??
    cluster?.all((one) => one.get("explicit_http_config", "http2_protocol_options") !== undefined)[0];
  if (http2)
    return made(
      { kind: "lost", what: `goes to ${clusterName} as an extended CONNECT of HTTP/2`, seen: overHttp2(http2) },
      `${name} → ${clusterName}`,
    );
  return made(passedTo(clusterName, manager, action, asked), `${name} → ${clusterName || "its cluster"}`);
}

/** Exact names first, then `*.example.com`, then `example.*`, then `*`. */
function hostFor(hosts: readonly Node[], asked: string): Node | undefined {
  const names = [asked.toLowerCase(), nameOfHost(asked)];
  const ranked = hosts.flatMap((host) =>
    (host.get("domains")?.items ?? []).map((one) => {
      const domain = (one.text ?? "").toLowerCase();
      const rank = names.includes(domain)
        ? 3
        : domain.startsWith("*.") && names.some((name) => name.endsWith(domain.slice(1)))
          ? 2
          : domain.endsWith(".*") && names.some((name) => name.startsWith(domain.slice(0, -1)))
            ? 1
            : domain === "*"
              ? 0
              : -1;
      return { host, rank };
    }),
  );
  const [best] = ranked.filter(({ rank }) => rank >= 0).toSorted((a, b) => b.rank - a.rank);
  return best?.host;
}

function matches(match: Node | undefined, { path }: Asked): boolean | undefined {
  if (!match) return undefined;
  const now = bare(path);
  const prefix = match.textAt("prefix") ?? undefined;
  const separated = match.textAt("path_separated_prefix");
  const regex = match.textAt("safe_regex", "regex");
  const fits =
    prefix !== undefined
      ? now.startsWith(prefix)
      : separated !== undefined
        ? now === separated || now.startsWith(`${separated}/`)
        : match.textAt("path") !== undefined
          ? now === match.textAt("path")
          : regex !== undefined
            ? patternOf(`^(?:${regex})$`, false)?.test(now)
            : undefined;
  if (fits !== true) return fits;
  const headers = (match.get("headers")?.items ?? []).map(headerFits);
  return headers.includes(false)
    ? false
    : headers.includes(undefined) || match.get("query_parameters")
      ? undefined
      : true;
}

function headerFits(one: Node): boolean | undefined {
  const name = one.textAt("name")?.toLowerCase();
  const value =
    name === "upgrade" ? "websocket" : name === "connection" ? "Upgrade" : name === ":method" ? "GET" : undefined;
  if (value === undefined) return undefined;
  const wanted = one.textAt("exact_match") ?? one.textAt("string_match", "exact");
  const fits =
    wanted === undefined
      ? one.get("present_match")
        ? true
        : undefined
      : wanted === value || (one.isTrue("string_match", "ignore_case") && wanted.toLowerCase() === value.toLowerCase());
  return fits === undefined ? undefined : fits !== one.isTrue("invert_match");
}

/** A route may take back what the listener allows, and allow what it does not. */
function isUpgraded(manager: Node, action: Node | undefined): boolean {
  const last = [manager, action]
    .flatMap((one) => one?.get("upgrade_configs")?.items ?? [])
    .filter((one) => /^websocket$/i.test(one.textAt("upgrade_type") ?? ""))
    .at(-1);
  return last !== undefined && last.textAt("enabled") !== "false";
}

function refused(manager: Node, action: Node | undefined): Fate {
  const off = action?.get("upgrade_configs");
  const last = off ?? manager.get("stat_prefix") ?? manager;
  const pad = (text: string) =>
    text
      .split("\n")
      .map((line) => `          ${line}`)
      .join("\n");
  const seen: Seen = {
    code: "UPGRADE_STRIPPED",
    where: placeOf(last),
    detail: "Envoy answers 403 to an upgrade that upgrade_configs does not allow",
    fix: off ? "Take what switches it off out of the route." : "Allow it, as deep as stat_prefix stands.",
    ...(!off && { snippet: behind(last, pad("upgrade_configs:\n- upgrade_type: websocket")) }),
  };
  return { kind: "answered", status: 403, by: last, seen };
}

function noRoute(manager: Node): Fate {
  const by = manager.get("route_config") ?? manager;
  return {
    kind: "answered",
    status: 404,
    by,
    seen: {
      code: "NO_ROUTE",
      detail: "no virtual host or route fits",
      fix: "Give it a route whose match has this path.",
    },
  };
}

function redirected(route: Node, { host, path }: Asked): Fate {
  const redirect = route.get("redirect")!;
  const scheme = redirect.isTrue("https_redirect") ? "https" : (redirect.textAt("scheme_redirect") ?? "http");
  const status =
    lookup<number>(
      { FOUND: 302, SEE_OTHER: 303, TEMPORARY_REDIRECT: 307, PERMANENT_REDIRECT: 308 },
      redirect.textAt("response_code") ?? "",
    ) ?? 301;
  return {
    kind: "answered",
    status,
    to: `${scheme}://${redirect.textAt("host_redirect") ?? host}${redirect.textAt("path_redirect") ?? path}`,
    by: redirect,
  };
}

function overHttp2(by: Node): Seen {
  return {
    code: "STATUS_NOT_101",
    where: placeOf(by),
    detail: "the cluster is spoken to in HTTP/2, and has to take RFC 8441's extended CONNECT",
    fix: "Give WebSockets a cluster of their own that speaks HTTP/1.1.",
  };
}

function passedTo(cluster: string, manager: Node, action: Node | undefined, asked: Asked): Passed {
  const path = bare(asked.path);
  const prefix = action?.textAt("prefix_rewrite");
  const start = handshakeFor(asked);
  const literal = action?.textAt("host_rewrite_literal") ?? action?.textAt("host_rewrite");
  const rewritten = literal ?? (action?.isTrue("auto_host_rewrite") ? cluster : undefined);
  const request = rewritten === undefined ? start : withHeader(start, "Host", rewritten);
  const by = action ?? manager;
  const target = prefix === undefined || prefix === "/" ? request.target : prefix + request.target.slice(path.length);
  return {
    kind: "passed",
    by,
    upstream: cluster || "its cluster",
    request: { ...request, target },
    ...patience(manager, action),
    mend: mending(manager, action),
  };
}

function patience(manager: Node, action: Node | undefined): Pick<Passed, "idleMs" | "idleBy"> {
  const own = milliseconds(action?.textAt("idle_timeout") ?? "", "s");
  const idleMs = own ?? milliseconds(manager.textAt("stream_idle_timeout") ?? "5m", "s");
  return {
    idleMs: idleMs === 0 ? Number.POSITIVE_INFINITY : idleMs,
    idleBy: own === undefined ? "stream_idle_timeout" : "idle_timeout of the route",
  };
}

function mending(manager: Node, action: Node | undefined): Passed["mend"] {
  return (code) => {
    if (code === "IDLE_CUT") {
      const old = action?.get("idle_timeout") ?? manager.get("stream_idle_timeout");
      const after = manager.get("stat_prefix") ?? manager;
      const name = action?.get("idle_timeout") ? "idle_timeout" : "stream_idle_timeout";
      const line = `          ${name}: 3600s`;
      return {
        where: placeOf(old ?? after),
        fix: "Let either side send something more often, such as a Ping every 25 s, or raise it.",
        snippet: old ? instead(old, line) : behind(after, line),
      };
    }
    const by = action?.get("host_rewrite_literal") ?? action?.get("auto_host_rewrite") ?? action ?? manager;
    return {
      where: placeOf(by),
      fix: code === "ORIGIN_REJECTED" ? "Take what rewrites Host out: Envoy keeps it by itself." : undefined,
    };
  };
}
