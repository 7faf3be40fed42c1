import type { Seen } from "../../explanation.ts";
import { headerValue, type RequestHead } from "../../http/request-head.ts";
import { type Asked, bare, nameOfHost, portOf, UNKNOWN, withHeader, withoutUpgrade } from "../handshake.ts";
import type { Fate, Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import { milliseconds } from "../time.ts";
import type { Directive } from "./parse.ts";

/** Where reverse_proxy sends a request. */
export interface Proxied {
  readonly fate: Fate;
  readonly upstream: string;
  readonly beside: readonly Seen[];
}

/** A request, and the request_header lines that it went through. */
export interface Edited {
  readonly request: RequestHead;
  readonly edits: readonly Directive[];
}

/** An upgrade is one by both headers; either of them alone is not passed on. Seen with Caddy 2.6. */
function asHop(request: RequestHead): RequestHead {
  const isUpgrade =
    /\bupgrade\b/i.test(headerValue(request, "connection") ?? "") && (headerValue(request, "upgrade") ?? "") !== "";
  return isUpgrade ? withHeader(request, "Connection", "Upgrade") : withoutUpgrade(request);
}

/** What reverse_proxy makes of a request. */
export function reverseProxy(one: Directive, args: readonly string[], before: Edited, asked: Asked): Proxied {
  const request = asHop(before.request);
  const block = one.block ?? [];
  const listed = block.filter(({ words }) => words[0] === "to").flatMap(({ words }) => words.slice(1));
  const upstream = [...args, ...listed][0] ?? "";
  const made = (fate: Fate): Proxied => ({ fate, upstream, beside: healthFault(block) });
  const [, scheme, rest = ""] = /^(?:([a-z][a-z0-9+]*):\/\/)?(.*)$/is.exec(upstream) ?? [];
  if (scheme !== undefined && !/^(?:https?|h2c|unix|srv)$/.test(scheme))
    return made({ kind: "broken", seen: wrongScheme(one, upstream, scheme) });
  if (scheme !== "unix" && /^[^/{]*\/./.test(rest) && !rest.startsWith("unix/"))
    return made({ kind: "broken", seen: withPath(one, upstream) });
  const transport = block.find(({ words }) => words[0] === "transport");
  const versions = transport?.block?.find(({ words }) => words[0] === "versions");
  if (scheme === "h2c" || (versions && !versions.words.includes("1.1")))
    return made({
      kind: "lost",
      what: `goes to ${upstream} over HTTP/2, which carries no upgrade`,
      seen: overHttp2(versions ?? one),
    });
  if (transport?.words[1] === "fastcgi")
    return made({
      kind: "lost",
      what: "goes on by FastCGI, which carries no upgrade",
      seen: { code: "UPGRADE_STRIPPED", where: placeOf(transport) },
    });
  const changes = block.filter(({ words }) => words[0] === "header_up");
  const up = changes.reduce(
    (head, { words }) => edited(head, words.slice(1), asked, upstream),
    rewritten(block, request, asked),
  );
  return made({
    kind: "passed",
    by: one,
    upstream,
    request: up,
    ...patience(transport),
    mend: mending(one, [...before.edits, ...changes], transport),
  });
}

/** `rewrite` and `method` inside of reverse_proxy. */
function rewritten(block: readonly Directive[], request: RequestHead, asked: Asked): RequestHead {
  const to = block.find(({ words }) => words[0] === "rewrite")?.words.at(-1);
  const method = block.find(({ words }) => words[0] === "method")?.words.at(-1) ?? request.method;
  const target = to === undefined ? request.target : (placeholders(to, request, asked) ?? request.target);
  return { ...request, method, target };
}

/** `header_up` and `request_header`: `+Name` adds, `-Name` takes away, two values replace. */
export function edited(
  request: RequestHead,
  [name = "", value, replacement]: readonly string[],
  asked: Asked,
  upstream = "",
): RequestHead {
  const bareName = name.replace(/^[-+>?]/, "").replace(/:$/, "");
  if (name.startsWith("-")) {
    // A star at the end stands for any rest.
    if (!bareName.endsWith("*")) return withHeader(request, bareName, undefined);
    const prefix = bareName.slice(0, -1).toLowerCase();
    return { ...request, headers: request.headers.filter((one) => !one.name.toLowerCase().startsWith(prefix)) };
  }
  const filled = placeholders(value ?? "", request, asked, upstream) ?? UNKNOWN;
  const old = headerValue(request, bareName.toLowerCase());
  if (replacement !== undefined)
    return old === null
      ? request
      : withHeader(request, bareName, old.replace(patternOf(value ?? "", false) ?? /$^/, replacement));
  return withHeader(request, bareName, name.startsWith("+") && old !== null ? `${old}, ${filled}` : filled);
}

/** A text with its placeholders filled in; undefined where one is not known. */
export function placeholders(text: string, request: RequestHead, asked: Asked, upstream = ""): string | undefined {
  let isKnown = true;
  const filled = text.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = placeholder(name.replace(/^http\.request\./, ""), request, asked, upstream);
    isKnown &&= value !== undefined;
    return value ?? "";
  });
  return isKnown ? filled : undefined;
}

function placeholder(
  name: string,
  request: RequestHead,
  { host, secure }: Asked,
  upstream: string,
): string | undefined {
  const path = bare(request.target);
  const [, header] = /^header\.(.+)$/.exec(name) ?? [];
  if (header !== undefined) return headerValue(request, header.toLowerCase()) ?? undefined;
  switch (name) {
    case "host":
      return nameOfHost(host);
    case "hostport":
      return host;
    case "port":
      return portOf(host)?.toString();
    case "path":
    case "uri.path":
      return path;
    case "uri":
      return request.target;
    case "query":
    case "uri.query":
      return request.target.slice(path.length + 1);
    case "scheme":
      return secure === undefined ? undefined : secure ? "https" : "http";
    case "upstream_hostport":
    case "reverse_proxy.upstream.hostport":
    case "http.reverse_proxy.upstream.hostport":
      return upstream.replace(/^\w+:\/\//, "");
    default:
      return undefined;
  }
}

/** Nothing is cut unless it is told to. */
function patience(transport: Directive | undefined): Pick<Passed, "idleMs" | "idleBy"> {
  const found = (transport?.block ?? [])
    .filter(({ words }) => words[0] === "read_timeout" || words[0] === "write_timeout")
    .map(({ words: [name = "", value = ""] }) => ({ idleMs: milliseconds(value, "s"), idleBy: name }))
    .toSorted((a, b) => (a.idleMs ?? 0) - (b.idleMs ?? 0));
  return found[0] ?? { idleMs: Number.POSITIVE_INFINITY, idleBy: "" };
}

function mending(one: Directive, changes: readonly Directive[], transport: Directive | undefined): Passed["mend"] {
  return (code) => {
    if (code === "IDLE_CUT") {
      const by = transport?.block?.find(({ words }) => words[0] === "read_timeout") ?? one;
      return {
        where: placeOf(by),
        fix: "Let either side send something more often, or raise it.",
        snippet: instead(by, `\t\t\t${by.words[0]} 1h`),
      };
    }
    const [name, value] =
      code === "ORIGIN_REJECTED"
        ? ["Host", "{http.request.hostport}"]
        : code === "CONNECTION_NO_UPGRADE"
          ? ["Connection", "{http.request.header.Connection}"]
          : ["Upgrade", "{http.request.header.Upgrade}"];
    const about = (header: string) =>
      changes.findLast(({ words }) => nameIn(words).toLowerCase() === header.toLowerCase());
    // Without an upgrade in the one, Caddy takes the other out, too.
    const by = about(name) ?? (code === "UPGRADE_STRIPPED" ? about("Connection") : undefined);
    const fix = "Let what the client sent go on: Caddy does so by itself.";
    if (by && by.words[0] !== "header_up")
      return { where: placeOf(by), fix, snippet: instead(by, `\t# ${by.words.join(" ")}`) };
    return by
      ? { where: placeOf(by), fix, snippet: instead(by, `\t\theader_up ${name} ${value}`) }
      : { where: placeOf(one), fix };
  };
}

/** The header that `header_up` or `request_header` changes; the latter may have a matcher before it. */
function nameIn([directive, first = "", second = ""]: readonly string[]): string {
  const name = directive === "request_header" && /^[@/*]/.test(first) ? second : first;
  return name.replace(/^[-+>?]/, "").replace(/:$/, "");
}

function wrongScheme(one: Directive, upstream: string, scheme: string): Seen {
  const right = upstream.replace(/^ws(s?):/, "http$1:");
  return {
    code: "CONFIG_INVALID",
    where: placeOf(one),
    detail: `reverse_proxy takes http://, https:// and h2c://, not ${scheme}://`,
    fix: `Write ${/^ws/.test(scheme) ? right : "http://"}; the upgrade is a matter of headers, not of the scheme.`,
    ...(/^ws/.test(scheme) && {
      snippet: instead(one, `\t${line(one, (word) => (word === upstream ? right : word))}`),
    }),
  };
}

function withPath(one: Directive, upstream: string): Seen {
  const authority = upstream.replace(/^((?:\w+:\/\/)?[^/]*).*$/s, "$1");
  return {
    code: "CONFIG_INVALID",
    where: placeOf(one),
    detail: `an upstream has no path, but ${JSON.stringify(upstream)} has`,
    fix: "Leave it out, and change the path with rewrite or handle_path.",
    snippet: instead(one, `\t${line(one, (word) => (word === upstream ? authority : word))}`),
  };
}

function line({ words, block }: Directive, change: (word: string) => string): string {
  return `${words.map(change).join(" ")}${block ? " {" : ""}`;
}

function overHttp2(by: Directive): Seen {
  const isVersions = by.words[0] === "versions";
  return {
    code: "STATUS_NOT_101",
    where: placeOf(by),
    detail: "an upgrade is HTTP/1.1's: Caddy answers 502",
    fix: "Speak HTTP/1.1 to the server.",
    snippet: instead(by, isVersions ? "\t\t\tversions 1.1" : `\t${line(by, (word) => word.replace(/^h2c:/, "http:"))}`),
  };
}

/** A check by a plain GET, which a server for sockets alone answers with 426. */
function healthFault(block: readonly Directive[]): readonly Seen[] {
  const check = block.find(({ words }) => words[0] === "health_uri" || words[0] === "health_path");
  if (!check || block.some(({ words }) => words[0] === "health_status")) return [];
  const path = check.words[1] ?? "/";
  return [
    {
      code: "STATUS_NOT_101",
      level: path === "/" ? "warn" : "advice",
      where: placeOf(check),
      detail: `${check.words[0]} asks for ${path} by a plain GET: a server for sockets alone answers 426, counts as down, and Caddy answers 503`,
      fix: "Leave it out, or say what the answer is.",
      snippet: behind(check, "\t\thealth_status 426"),
    },
  ];
}
