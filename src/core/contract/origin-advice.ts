import { tokenList } from "../protocol/headers.ts";
import { authorityOf, isHostOf, normalOrigin, type OriginRequest } from "./origin.ts";
import type { OriginAdvice } from "./origin-check.ts";

/** Characters of an Origin or a Host that a line of the log may have. */
const SHOWN = 256;

/** Entries of a list that are repeated for a new one to be added to them. */
const REPEATED = 8;

/**
 * The log's sentence about a page that may not connect: what it was compared with, how little it differs, and what to
 * change. A line `origins: […]` in it can be pasted.
 */
export const refusedOrigin: OriginAdvice = (origin, host, origins, result, request) => {
  const told = `Origin ${quoted(origin)} is not allowed for Host ${quoted(host)}`;
  if (typeof origins === "function") return `${told}: the function in origins returned ${given(result)}`;
  const list = origins === "*" ? undefined : origins;
  const rewritten = list ? "" : rewrittenHost(origin, request);
  const difference = list ? nearest(origin, list) : differs(origin, `http://${host}`, true);
  return `${told}${rewritten}${difference && `: ${difference}`}. ${line(origin, list)}`;
};

function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

function given(result: unknown): string {
  if (result === false) return "false";
  const promise = typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
  if (result === undefined) return "nothing, and only true allows";
  return `${promise ? "a promise" : `${typeof result === "object" ? "an" : "a"} ${typeof result}`}, and only true allows`;
}

/** A proxy that rewrites Host makes every page look foreign; what it forwards tells so. */
function rewrittenHost(origin: string, { headers, peer }: OriginRequest): string {
  const own = authorityOf(origin);
  const forwarded = [...(headers.get("forwarded") ?? "").matchAll(/(?:^|[;,\s])host=(?:"([^"\\]*)"|([^\s;,"]+))/gi)];
  const rfc7239 = forwarded.some(([, quotedHost, bare]) => isHostOf(quotedHost ?? bare ?? "", own));
  const x = tokenList(headers.get("x-forwarded-host")).some((name) => isHostOf(name, own));
  if (!rfc7239 && !x) return "";
  const keep = "a proxy seems to rewrite Host; keep it (nginx: proxy_set_header Host $http_host;)";
  if (!peer?.address) return `: ${keep}`;
  const header = x ? "x-forwarded-for" : "forwarded";
  // It is a proxy of ours already, which sets the header that is not read.
  if (peer.hosts()) return `: ${keep}, or let trustProxies have header: ${JSON.stringify(header)}`;
  const proxies = `[${JSON.stringify(peer.address)}]`;
  const trusted = x ? proxies : `{ trust: ${proxies}, header: "forwarded" }`;
  return `: ${keep}, or believe it, proxies: trustProxies(${trusted}), of onesocket/proxies`;
}

/** What an origin differs in from the one of a list that it resembles most. */
function nearest(origin: string, list: readonly string[]): string {
  for (const entry of list) {
    const difference = differs(origin, entry, false);
    if (difference) return `${JSON.stringify(entry)} is listed: ${difference}`;
  }
  return "";
}

/** What two origins differ in, if it is one thing that is easily overlooked. */
function differs(origin: string, other: string, anyScheme: boolean): string {
  const [one, two] = [partsOf(origin), partsOf(other)];
  if (!one || !two) return "";
  const same = (part: keyof Parts) => one[part] === two[part] || (anyScheme && part === "scheme");
  if (!same("name")) {
    return isLoopback(one.name) && isLoopback(two.name) ? "both are this machine, but two hosts to a browser" : "";
  }
  const different = (["scheme", "port", "path"] as const).filter((part) => !same(part));
  return different.length === 1 ? `only the ${different[0]} differs` : "";
}

interface Parts {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
  readonly path: string;
}

function partsOf(origin: string): Parts | undefined {
  const [, scheme = "", authority = "", path = ""] = /^([^/]+):\/\/([^/]+)(.*)$/.exec(normalOrigin(origin) ?? "") ?? [];
  const [, name = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  return name ? { scheme, name, port, path } : undefined;
}

function isLoopback(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(name);
}

/** The line to add, or what else to do. */
function line(origin: string, list: readonly string[] | undefined): string {
  const normal = origin.length > SHOWN ? undefined : normalOrigin(origin);
  if (!normal) return "No list can name it; a function in origins can let it in";
  const whole = list && list.length <= REPEATED ? [...list, normal] : [normal];
  const added = `origins: ${JSON.stringify(whole)}`;
  const rest = list
    ? list.length > REPEATED
      ? " beside the others"
      : ""
    : ", and pages of the same host only if they are listed too";
  return normal === "null"
    ? `It is that of every sandboxed page: ${added} lets all of them in${rest}`
    : `${added} lets it in${rest}`;
}
