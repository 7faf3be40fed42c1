import { type Address, type Cidr, isInside, parseAddress, parseCidr } from "../contract/ip-address.ts";
import { type HeaderSource, tokenList, unquote } from "../protocol/headers.ts";
import { shownPreamble } from "./proxy-protocol.ts";
import type { Proxies } from "./remote-address.ts";

/** A header in which proxies tell whom they speak for. */
export type ForwardingHeader = "x-forwarded-for" | "forwarded";

/** The operator's own proxies, and how they tell of their clients. */
export interface ProxyOptions {
  /** Their addresses and CIDR blocks. */
  readonly trust: readonly string[];
  /**
   * What they set: `"x-forwarded-for"`, and with it `X-Forwarded-Host`, or `"forwarded"` (RFC 7239). Only this one is read: the
   * other is what the client chose to send. Default `"x-forwarded-for"`.
   */
  readonly header?: ForwardingHeader | undefined;
}

/**
 * The `proxies` of a host: your own, as addresses or CIDR blocks such as `10.0.0.0/8` and `2001:db8::/32`. An IPv4 block also covers the
 * IPv4-mapped addresses; an IPv6 block covers no IPv4. Throws a TypeError that names the entry that is neither, or the option that is none.
 */
export function trustProxies(given: readonly string[] | ProxyOptions): Proxies {
  const {
    trust,
    header = "x-forwarded-for",
    ...rest
  }: ProxyOptions = Array.isArray(given) ? { trust: given } : Object(given);
  if (!Array.isArray(trust))
    throw new TypeError('trustProxies takes a list, or { trust: ["10.0.0.0/8"], header: "forwarded" }');
  for (const name of Object.keys(rest)) throw new TypeError(`trustProxies has no option "${name}"`);
  if (header !== "x-forwarded-for" && header !== "forwarded") {
    throw new TypeError(
      `the header of trustProxies is "x-forwarded-for" or "forwarded", not ${JSON.stringify(header)}`,
    );
  }
  const blocks = trust.map(blockOf);
  const isOurs = (address: Address | undefined) => address !== undefined && isInside(address, blocks);
  return {
    has: (peer) => isOurs(parseAddress(peer)),
    clientOf(peer, headers) {
      let client = parseAddress(peer);
      for (const hop of isOurs(client) ? hopsFromRight(headers, header) : []) {
        const next = hop === undefined ? undefined : parseNode(hop);
        if (!next) break;
        client = next;
        if (!isOurs(client)) break;
      }
      return client?.text ?? peer;
    },
    hostsOf: (headers) => forwardedHosts(headers, header),
    readPreamble: shownPreamble,
  };
}

function blockOf(entry: unknown): Cidr {
  const cidr = typeof entry === "string" ? parseCidr(entry) : undefined;
  if (!cidr) throw new TypeError(`trustProxies: ${JSON.stringify(entry)} is not an IP address or a CIDR block`);
  return cidr;
}

/** The hosts that were asked for on the way, the client's first. */
function forwardedHosts(headers: HeaderSource, header: ForwardingHeader): readonly string[] {
  if (header === "x-forwarded-for") return tokenList(headers.get("x-forwarded-host"));
  return tokenList(headers.get("forwarded")).flatMap((element) => forwardedPair(element, "host") ?? []);
}

/** Each hop's node, the nearest first; undefined for one that does not tell. */
function hopsFromRight(headers: HeaderSource, header: ForwardingHeader): readonly (string | undefined)[] {
  const hops = tokenList(headers.get(header)).reverse();
  // A quoted comma or semicolon breaks its element in two that are both malformed: the search ends there, and
  // a client's unclosed quote cannot swallow what our proxies have appended.
  return header === "forwarded" ? hops.map((element) => forwardedPair(element, "for")) : hops;
}

/** One value of an element of `Forwarded`, if all of its pairs are well-formed. */
function forwardedPair(element: string, wanted: "for" | "host"): string | undefined {
  let found: string | undefined;
  for (const pair of element.split(";").filter((text) => text.trim() !== "")) {
    const [, name, raw = ""] = /^([\w-]+)=(\S+)$/.exec(pair.trim()) ?? [];
    // IPv6 and ports must be quoted; some proxies forget it.
    const value = unquote(raw) ?? (/["\\]/.test(raw) ? undefined : raw);
    if (!name || value === undefined) return undefined;
    if (name.toLowerCase() === wanted) found = value;
  }
  return found;
}

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80` (RFC 7239 §6). */
function parseNode(text: string): Address | undefined {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text) ?? [];
  return parseAddress(v6 ?? v4 ?? text);
}
