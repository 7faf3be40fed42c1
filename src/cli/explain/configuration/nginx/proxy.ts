import type { Header } from "../../../doctor/answer.ts";
import { type Asked, KEY, UNKNOWN } from "../handshake.ts";
import { milliseconds } from "../time.ts";
import { nameOf } from "./location.ts";
import type { Proxied } from "./outcome.ts";
import type { Directive } from "./parse.ts";
import { nearest, nearestAll, type Scope } from "./scope.ts";
import type { Value, Variables } from "./variables.ts";

/** What nginx sends to the server behind it; or why it does not start. */
export function proxied(
  by: Directive,
  scope: Scope,
  location: Directive | undefined,
  asked: Asked,
  isChanged: boolean,
  variables: Variables,
): Proxied | { readonly why: string } {
  const target = by.args[0] ?? "";
  const upstream = variables.text(target) ?? target;
  const { scheme, authority, uri } = partsOf(upstream);
  if (!/^https?$/i.test(scheme) && !target.startsWith("$")) {
    return {
      why: `proxy_pass takes http:// and https:// only, not ${JSON.stringify(target)}: nginx says "invalid URL prefix", and does not start`,
    };
  }
  const { modifier } = location ? nameOf(location) : { modifier: "" };
  if (uri !== "" && !target.includes("$") && /^[~@]/.test(modifier)) {
    return {
      why: "proxy_pass must not have a path in a location that is a pattern, named or in an if: nginx does not start",
    };
  }
  variables.set("proxy_host", authority || undefined);
  variables.set("proxy_port", /:(\d+)$/.exec(authority)?.[1] ?? (scheme === "https" ? "443" : "80"));
  const version = nearest(scope, "proxy_http_version")?.args[0];
  return {
    kind: "proxied",
    by,
    scope,
    upstream,
    request: {
      method: nearest(scope, "proxy_method")?.args[0] ?? "GET",
      target: pathUpstream(uri, target, location, asked.path, isChanged),
      version: version ?? "1.0",
      headers: headersUpstream(scope, asked, authority, variables),
    },
    isDefaultVersion: version === undefined,
    idleMs: milliseconds(nearest(scope, "proxy_read_timeout")?.args[0] ?? "60s", "s") ?? 60_000,
  };
}

/** What stands in proxy_pass. Of a Unix socket Host is localhost, and a path comes behind a second colon (ngx_http_proxy_set_vars). */
function partsOf(upstream: string): { readonly scheme: string; readonly authority: string; readonly uri: string } {
  const [, scheme = "", rest = ""] = /^([a-z+.-]+):\/\/(.*)$/is.exec(upstream) ?? [];
  const [, uri] = /^unix:[^:]*:?(.*)$/s.exec(rest) ?? [];
  if (uri !== undefined) return { scheme, authority: "localhost", uri };
  const [, authority = "", path = ""] = /^([^/?#]*)(.*)$/s.exec(rest) ?? [];
  return { scheme, authority, uri: path };
}

/** A path in proxy_pass takes the place of what the location's own path matched. */
function pathUpstream(
  uri: string,
  target: string,
  location: Directive | undefined,
  path: string,
  isChanged: boolean,
): string {
  if (uri === "" || isChanged) return path;
  if (target.includes("$")) return uri;
  const matched = location ? nameOf(location).path : "/";
  return uri + path.slice(matched.length);
}

/** What goes on of a client's handshake by itself; Upgrade and Connection do not. */
function headersUpstream(scope: Scope, { host }: Asked, authority: string, variables: Variables): readonly Header[] {
  const set = nearestAll(scope, "proxy_set_header").map(({ args: [name = "", value = ""] }) => ({
    name,
    value: variables.text(value),
  }));
  const names = new Set(set.map(({ name }) => name.toLowerCase()));
  const passesOn = nearest(scope, "proxy_pass_request_headers")?.args[0] !== "off";
  const own: readonly Header[] = [
    { name: "Host", value: isOpen(authority) ? UNKNOWN : authority },
    { name: "Connection", value: "close" },
    ...(passesOn
      ? [
          { name: "Origin", value: `http://${host}` },
          { name: "Sec-WebSocket-Version", value: "13" },
          { name: "Sec-WebSocket-Key", value: KEY },
        ]
      : []),
  ];
  const given = set.map(({ name, value }) => ({ name, value: unknownValue(name, value) }));
  // A header that is set to nothing is not sent.
  return [...own.filter(({ name }) => !names.has(name.toLowerCase())), ...given].filter(({ value }) => value !== "");
}

/** Whether a variable that is not known, or a template, leaves something open. */
function isOpen(text: string): boolean {
  return /\$\w|\{\{|<%/.test(text);
}

/** What depends on something unknown is taken for right. */
function unknownValue(name: string, value: Value): string {
  if (value !== undefined) return value;
  return /^upgrade$/i.test(name) ? "websocket" : /^connection$/i.test(name) ? "upgrade" : UNKNOWN;
}
