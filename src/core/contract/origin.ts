import { type HeaderSource, tokenList, unquote } from "../protocol/headers.ts";

/**
 * Which pages may connect: `"*"` any page of the web; a list such as `["https://app.example.com"]`, where `"null"` may
 * stand too; or a function, synchronous, whose `true` allows. Requests without `Origin` are no pages, and are allowed.
 */
export type Origins =
  | "*"
  | readonly string[]
  | ((origin: string, request: { readonly headers: HeaderSource }) => boolean);

/** Scheme, host and port only; a `*` would parse as a host, and match nothing. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\*]+$/i;

/** An origin in the form in which two can be compared, or undefined when it is none. */
function normalOrigin(text: string): string | undefined {
  const url = ORIGIN.test(text) ? URL.parse(text) : null;
  if (url) return `${url.protocol}//${url.host}`.toLowerCase();
  return text === "null" ? text : undefined;
}

/** Throws a TypeError for what can never match, so that a slip shows when the definition is made. */
export function checkOrigins(origins: Origins | undefined): void {
  if (origins === undefined || origins === "*" || typeof origins === "function") return;
  if (!Array.isArray(origins)) throw new TypeError('origins must be "*", a list or a function');
  for (const entry of origins) {
    if (normalOrigin(entry)) continue;
    throw new TypeError(`origins: ${JSON.stringify(entry)} is not an origin such as "https://app.example.com"`);
  }
}

/**
 * Why a page may not connect, for the log, or undefined when it may. By default the Origin's host must be Host's, or
 * the URL's where there is no Host; the scheme is ignored, since TLS often ends at a proxy. Throws what a function of
 * the user's throws.
 */
export function originRejection(
  origins: Origins | undefined,
  request: { readonly url: string; readonly headers: HeaderSource },
): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null || origins === "*") return undefined;
  const host = request.headers.get("host") ?? URL.parse(request.url)?.host ?? "";
  // A promise is not `true`: an async function that slipped through the types refuses.
  if (typeof origins === "function" ? origins(origin, request) === true : isListed(origin, host, origins)) {
    return undefined;
  }
  const hint = origins === undefined ? proxyHint(origin, request.headers) : "";
  return `Origin ${JSON.stringify(origin)} is not allowed for Host ${JSON.stringify(host)}${hint}`;
}

function isListed(origin: string, host: string, list: readonly string[] | undefined): boolean {
  const normal = normalOrigin(origin);
  if (normal === undefined || !list) return isHostOf(host, normal);
  return list.some((entry) => normalOrigin(entry) === normal);
}

/** Whether a Host is the origin's, whose scheme tells which port is the default one. */
function isHostOf(host: string, normal: string | undefined): boolean {
  return normal !== undefined && normalOrigin(`${normal.split(":", 1)}://${host}`) === normal;
}

/** A proxy that rewrites Host makes every page look foreign; what it forwards tells so. */
function proxyHint(origin: string, headers: HeaderSource): string {
  const forwarded = /(?:^|[;,\s])host=("[^"]*"|[^\s;,"]+)/i.exec(headers.get("forwarded") ?? "")?.[1] ?? "";
  const hosts = [...tokenList(headers.get("x-forwarded-host")), unquote(forwarded) ?? forwarded];
  if (!hosts.some((host) => isHostOf(host, normalOrigin(origin)))) return "";
  const nginx = /:\d+$/.test(origin) ? "$http_host" : "$host";
  return `: a proxy seems to rewrite Host; keep it (nginx: proxy_set_header Host ${nginx};)`;
}
