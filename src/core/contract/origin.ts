import { type HeaderSource, isHost } from "../protocol/headers.ts";

/**
 * Which pages may connect: `"*"` any page of the web; a list such as `["https://app.example.com"]`; or a function,
 * synchronous, whose `true` allows. A list may also name what apps and devices send: `"file://"`, `"null"`, which is every
 * sandboxed page, or an origin with a path, which is compared with all of it. Requests without `Origin` are no pages, and are
 * allowed.
 */
export type Origins =
  | "*"
  | readonly string[]
  | ((origin: string, request: { readonly headers: HeaderSource }) => boolean);

/** The TCP peer of a request, where the runtime shows it. */
export interface Peer {
  /** Its address, or "". */
  readonly address: string;
  /** The hosts that the client asked for, as it tells; undefined where it is none of the operator's proxies. */
  hosts(): readonly string[] | undefined;
}

/** What is looked at of a request. */
export interface OriginRequest {
  readonly url: string;
  readonly headers: HeaderSource;
  /** Undefined where the runtime has no `proxies` to name it in. */
  readonly peer?: Peer | undefined;
}

/** Scheme, authority and path; a `*` would parse as a host, and match nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out.
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^\x00-\x20\x7f/?#@\\*]*)(\/[^\x00-\x20\x7f?#\\*]*)?$/i;

/** Clients that are no browsers send the schemes of sockets. */
const PAGE_SCHEME: Readonly<Record<string, string>> = { ws: "http", wss: "https" };

/** An origin in the form in which two can be compared, or undefined when it is none. A path counts, but for a lone slash. */
export function normalOrigin(text: string): string | undefined {
  if (text === "null") return text;
  const [, written = "", authority = "", path = ""] = ORIGIN.exec(text) ?? [];
  const scheme = PAGE_SCHEME[written.toLowerCase()] ?? written;
  const url = written && URL.parse(`${scheme}://${authority}`);
  if (!url) return undefined;
  return `${url.protocol}//${url.host}`.toLowerCase() + (path === "/" ? "" : path);
}

/** Throws a TypeError for what can never match, so that a slip shows when the definition is made. */
export function checkOrigins(origins: Origins | undefined): void {
  if (origins === undefined || origins === "*" || typeof origins === "function") return;
  if (!Array.isArray(origins)) throw new TypeError('origins must be "*", a list or a function');
  for (const entry of origins) {
    if (typeof entry === "string" && normalOrigin(entry)) continue;
    throw new TypeError(`origins: ${JSON.stringify(entry)} is not an origin: ${meant(String(entry))}`);
  }
}

function meant(entry: string): string {
  const tried = [entry.toLowerCase(), `https://${entry}`, entry.replace(/[?#].*$/, "")];
  const origin = entry.includes("*") ? undefined : tried.find(normalOrigin);
  if (entry.includes("*"))
    return 'a function can look for more than one, such as (origin) => origin.endsWith(".example.com")';
  return `write ${JSON.stringify((origin && normalOrigin(origin)) ?? "https://app.example.com")}`;
}

/** Host and port of an origin, to be compared with a Host; undefined for one that has none. */
export function authorityOf(origin: string): string | undefined {
  const normal = origin.endsWith("/") ? undefined : normalOrigin(origin);
  const [, authority] = /^[^/]+:\/\/([^/]+)$/.exec(normal ?? "") ?? [];
  return authority && withoutPort(authority);
}

/** Whether a Host is that of an origin. */
export function isHostOf(host: string, authority: string | undefined): boolean {
  return authority !== undefined && isHost(host) && withoutPort(URL.parse(`http://${host}`)?.host ?? "") === authority;
}

/** TLS before us adds the one or the other, whatever the page's scheme. */
function withoutPort(host: string): string {
  return host.replace(/:(?:80|443)$/, "");
}
