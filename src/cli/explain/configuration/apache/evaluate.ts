import type { Seen } from "../../explanation.ts";
import { headerValue } from "../../http/request-head.ts";
import { type Asked, bare, handshakeFor, withHeader, withoutUpgrade } from "../handshake.ts";
import type { Fate, Outcome, Passed } from "../outcome.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import { milliseconds } from "../time.ts";
import { gateOf } from "./gate.ts";
import type { Host } from "./hosts.ts";
import { mending, type Target } from "./lines.ts";
import { type Directive, named } from "./parse.ts";
import { rewritten } from "./rewrite.ts";
import { isPrefix, PathScope } from "./scope.ts";
import { shown } from "./shown.ts";
import { oldVersion } from "./version.ts";
import { memberOf, type Worker, workerFor, workersOf } from "./workers.ts";

/** What a host of Apache does with a handshake. */
export function evaluate(host: Host, asked: Asked): Outcome {
  const { path, proxy, answer, doubts } = rewritten(host.own, asked);
  const scope = new PathScope(host, bare(path));
  const gate = gateOf(scope);
  const old = oldVersion(scope, handshakeFor(asked));
  const told = [...doubts, ...gate.doubts, ...old.doubts].map(
    (one) => `${shown(one)} (${placeOf(one)}) may decide otherwise.`,
  );
  const made = (fate: Fate, by: Directive | undefined, to = ""): Outcome => ({
    title: `${by ? shown(by) : "server"}${to}`,
    fate,
    beside: [],
    doubts: told,
  });
  if (answer) return made({ kind: "answered", ...answer }, answer.by);
  if (gate.answer) return made({ kind: "answered", ...gate.answer }, gate.answer.by);
  const target = proxy ?? passOf(host, scope, path);
  const handler = target ? undefined : scope.last("sethandler");
  if (handler && /^proxy:/i.test(handler.args[0] ?? ""))
    return made({ kind: "unknown", what: "goes on by SetHandler, which is not followed" }, handler);
  if (!target) return made(unproxied(host, bare(path)), undefined);
  return made(passedTo(target, host, scope, asked, old.by), target.by, ` → ${target.url}`);
}

/** Sections come first, then ProxyPass in the order in which it is written: the host's own, then the server's. */
function passOf({ own, main }: Host, scope: PathScope, path: string): Target | undefined {
  const inside = scope.sections.flatMap((section) => {
    const pass = named(section.block ?? [], "proxypass").at(-1);
    return pass ? [{ section, pass }] : [];
  });
  const last = inside.at(-1);
  const found = last && insideTarget(last.section, last.pass, path);
  if (last && (found || last.pass.args[0] === "!")) return found;
  for (const one of own === main ? main : [...own, ...main]) {
    if (one.name !== "proxypass" && one.name !== "proxypassmatch") continue;
    const url = replaced(one, path);
    if (url !== undefined) return one.args[1] === "!" ? undefined : { url, by: one };
  }
  return undefined;
}

function insideTarget(section: Directive, pass: Directive, path: string): Target | undefined {
  const [url = ""] = pass.args;
  if (url === "!") return undefined;
  const [first = "", second = ""] = section.args;
  const isPattern = section.name === "locationmatch" || first === "~";
  const groups = isPattern ? patternOf(first === "~" ? second : first, false)?.exec(bare(path)) : undefined;
  if (isPattern) return { url: filled(url, groups ?? []), by: pass };
  return { url: url + path.slice(first.length), by: pass };
}

/** The URL that a ProxyPass makes of a path; undefined where it does not fit. */
function replaced({ name, args: [prefix = "", url = ""] }: Directive, path: string): string | undefined {
  if (name === "proxypass") return isPrefix(prefix, bare(path)) ? url + path.slice(prefix.length) : undefined;
  const match = patternOf(prefix, false)?.exec(bare(path));
  if (!match) return undefined;
  // Without a group the path is added.
  return /\$\d/.test(url) ? filled(url, match) + path.slice(bare(path).length) : url + path;
}

function filled(url: string, groups: readonly string[]): string {
  return url.replace(/\$(\d)/g, (_, index: string) => groups[Number(index)] ?? "");
}

function unproxied({ own, main }: Host, path: string): Fate {
  const redirect = [...own, ...(own === main ? [] : main)].find(
    ({ name, args }) => /^redirect(?:permanent|temp)?$/.test(name) && isPrefix(redirectArgs(args)[0] ?? "", path),
  );
  if (redirect) {
    const [prefix = "", to = ""] = redirectArgs(redirect.args);
    const isPermanent = redirect.name === "redirectpermanent" || /^(?:permanent|301)$/.test(redirect.args[0] ?? "");
    return { kind: "answered", status: isPermanent ? 301 : 302, to: to + path.slice(prefix.length), by: redirect };
  }
  const seen: Seen = {
    code: "NO_ROUTE",
    fix: "Give the path a ProxyPass to the WebSocket server.",
    snippet: `# in the virtual host, before any other ProxyPass to the same server:
ProxyPass "${path}" "http://127.0.0.1:3000${path}" upgrade=websocket
ProxyPreserveHost On`,
  };
  return { kind: "lost", what: "is not passed on: Apache looks for a file", seen };
}

/** Without the status that may come first. */
function redirectArgs(args: readonly string[]): readonly string[] {
  return args[0]?.startsWith("/") ? args : args.slice(1);
}

function passedTo(target: Target, host: Host, scope: PathScope, asked: Asked, old: Directive | undefined): Fate {
  const workers = workersOf(host);
  const member = /^balancer:/i.test(target.url) ? memberOf(host, target.url) : undefined;
  const url = member
    ? target.url.replace(/^balancer:\/\/[^/]+/i, (member.args[0] ?? "").replace(/\/$/, ""))
    : target.url;
  const [, scheme = "", authority = "", path = ""] = /^(\w+):\/\/([^/?]*)(.*)$/s.exec(url) ?? [];
  if (!/^(?:https?|wss?|h2c?)$/i.test(scheme)) return { kind: "lost", ...otherScheme(target, scheme) };
  if (!/^(?:[^:]*|\[.*\])(?::\d+)?$/.test(authority)) return { kind: "lost", ...noSlash(target, authority) };
  if (/^(?:https|wss|h2)$/i.test(scheme) && !scope.isOn("sslproxyengine")) return { kind: "lost", ...noTls(target) };
  const worker = workerFor(workers, url);
  const isWebSocket = /^wss?$/i.test(scheme) || takesUpgrade(worker);
  const isHttp2 = /^h2c?$/i.test(scheme);
  const start = { ...handshakeFor(asked), target: path === "" || path.startsWith("?") ? `/${path}` : path };
  const keepsHost = scope.isOn("proxypreservehost");
  const given = keepsHost ? start : withHeader(start, "Host", authority);
  const edits = editsOf(scope);
  const edited = withEdits(given, edits);
  // What the client does not ask for, or can't be asked for in HTTP/1.0, is not passed on.
  const passes = isWebSocket && !isHttp2 && !old && headerValue(edited, "upgrade")?.toLowerCase() === "websocket";
  return {
    kind: "passed",
    by: target.by,
    upstream: url.replace(/^(\w+:\/\/[^/]*).*$/s, "$1"),
    request: {
      // It writes Connection anew, whatever RequestHeader says of it.
      ...(passes ? withHeader(edited, "Connection", "Upgrade") : withoutUpgrade(edited, "close")),
      version: isHttp2 ? "2" : old ? "1.0" : "1.1",
    },
    ...patience(scope, worker),
    mend: mending({ target, worker, member, keepsHost, old, edits }),
  } satisfies Passed;
}

function takesUpgrade(worker: Worker | undefined): boolean {
  return /^(?:websocket|any|\*)$/i.test(worker?.settings.get("upgrade") ?? "");
}

/** RequestHeader set, unset and the like. */
function editsOf(scope: PathScope): readonly Directive[] {
  return scope
    .all("requestheader")
    .filter(({ args }) => /^(?:upgrade|connection|host|origin|sec-websocket-\w+)$/i.test(args[1] ?? ""));
}

function withEdits(request: Passed["request"], edits: readonly Directive[]): Passed["request"] {
  return edits.reduce((edited, { args: [action = "", name = "", value = ""] }) => {
    if (/^unset$/i.test(action)) return withHeader(edited, name, undefined);
    return /^set$/i.test(action) ? withHeader(edited, name, value) : edited;
  }, request);
}

function patience(scope: PathScope, worker: Worker | undefined): Pick<Passed, "idleMs" | "idleBy"> {
  const seconds = (text: string | undefined) => (text === undefined ? undefined : milliseconds(text, "s"));
  const timeout = seconds(scope.last("timeout")?.args[0]) ?? 60_000;
  const own = seconds(worker?.settings.get("timeout")) ?? seconds(scope.last("proxytimeout")?.args[0]) ?? 0;
  return { idleMs: Math.max(timeout, own), idleBy: "the larger of Timeout and the proxy's own timeout" };
}

function otherScheme(target: Target, scheme: string): { readonly what: string; readonly seen: Seen } {
  return {
    what: `goes on as ${scheme === "" ? "nothing that is known" : scheme}, which carries no upgrade`,
    seen: {
      code: "STATUS_NOT_101",
      where: placeOf(target.by),
      detail: `Apache has no proxy of HTTP for ${JSON.stringify(target.url)}`,
      fix: "Pass the path on to http://, with upgrade=websocket.",
    },
  };
}

/** `ProxyPass "/" "http://host:3000"` makes `http://host:3000chat` of `/chat`. */
function noSlash({ by, url }: Target, authority: string): { readonly what: string; readonly seen: Seen } {
  return {
    what: `is answered 500: its path is put right behind the port, ${authority}`,
    seen: {
      code: "STATUS_NOT_101",
      where: placeOf(by),
      detail: `the URL becomes ${url}`,
      fix: "Let both, the path and the URL, end with a slash, or neither.",
    },
  };
}

function noTls(target: Target): { readonly what: string; readonly seen: Seen } {
  return {
    what: "is answered 500: TLS to the server behind is not switched on",
    seen: {
      code: "STATUS_NOT_101",
      where: placeOf(target.by),
      detail: "a server behind with https: or wss: needs SSLProxyEngine",
      fix: "Switch it on, or use http:// where the server speaks no TLS.",
      snippet: "# in the virtual host, with mod_ssl:\nSSLProxyEngine On",
    },
  };
}
