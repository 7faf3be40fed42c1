import { type HeaderSource, tokenList, unquote } from "../protocol/headers.ts";

/** A block of addresses, made by {@link parseProxies}. */
export interface Cidr {
  /** Bits of an address of its family. */
  readonly size: 32 | 128;
  /** Bits of an address that are not of the prefix. */
  readonly shift: bigint;
  readonly prefix: bigint;
}

interface Address {
  readonly text: string;
  readonly size: 32 | 128;
  readonly value: bigint;
}

/**
 * Parses proxies such as `10.0.0.0/8`, `2001:db8::/32` or a single address. An IPv4 block also covers the IPv4-mapped
 * addresses; an IPv6 block covers no IPv4. Throws a TypeError that names the entry that is neither.
 */
export function parseProxies(list: readonly string[]): readonly Cidr[] {
  return list.map((entry) => {
    const cidr = parseCidr(entry);
    if (!cidr) throw new TypeError(`proxies: ${JSON.stringify(entry)} is not an IP address or a CIDR block`);
    return cidr;
  });
}

/**
 * The client's address: the TCP peer's or, when the peer is one of `proxies`, what they tell. `X-Forwarded-For` is read
 * from the right, and the first hop that is no proxy of ours is the client; `Forwarded` (RFC 7239) only without it.
 * A hop that is no address (`unknown`, `_hidden`) ends the search at the last good one. IPv4-mapped IPv6 is told as
 * IPv4, IPv6 in the form of RFC 5952. A peer that is no address is told as it is.
 */
export function remoteAddress(peer: string, headers: HeaderSource, proxies: readonly Cidr[]): string {
  // Most servers trust no proxy, and most peers come over IPv4: saves 3 µs of numbers that nobody compares.
  if (proxies.length === 0 && V4.test(peer)) return peer.slice(peer.lastIndexOf(":") + 1);
  let client = parseAddress(peer);
  if (!client) return peer;
  for (const hop of isInside(client, proxies) ? hopsFromRight(headers) : []) {
    const next = hop === undefined ? undefined : parseNode(hop);
    if (!next) break;
    client = next;
    if (!isInside(client, proxies)) break;
  }
  return client.text;
}

/** Four decimal numbers without leading zeros, by themselves or mapped into IPv6. */
const V4 = /^(?:::ffff:)?(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Each hop's node, the nearest first; undefined for one that does not tell. */
function hopsFromRight(headers: HeaderSource): readonly (string | undefined)[] {
  const addresses = headers.get("x-forwarded-for");
  if (addresses !== null) return tokenList(addresses).reverse();
  // A quoted comma or semicolon breaks its element in two that are both malformed: the search ends there, and
  // a client's unclosed quote cannot swallow what our proxies have appended.
  return tokenList(headers.get("forwarded")).reverse().map(forwardedFor);
}

/** The `for` of one element of `Forwarded`, if all of its pairs are well-formed. */
function forwardedFor(element: string): string | undefined {
  let node: string | undefined;
  for (const pair of element.split(";").filter((text) => text.trim() !== "")) {
    const [, name, raw = ""] = /^([\w-]+)=(\S+)$/.exec(pair.trim()) ?? [];
    // IPv6 and ports must be quoted; some proxies forget it.
    const value = unquote(raw) ?? (/["\\]/.test(raw) ? undefined : raw);
    if (!name || value === undefined) return undefined;
    if (name.toLowerCase() === "for") node = value;
  }
  return node;
}

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80` (RFC 7239 §6). */
function parseNode(text: string): Address | undefined {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text) ?? [];
  return parseAddress(v6 ?? v4 ?? text);
}

function isInside({ size, value }: Address, blocks: readonly Cidr[]): boolean {
  return blocks.some((block) => block.size === size && value >> block.shift === block.prefix);
}

function parseCidr(entry: string): Cidr | undefined {
  const [, text = "", digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const address = parseAddress(text);
  if (!address) return undefined;
  const { size, value } = address;
  const written = text.includes(":") ? 128 : 32;
  const free = written - Number(digits ?? written);
  if (free < 0 || free > size) return undefined;
  const shift = BigInt(free);
  return { size, shift, prefix: value >> shift };
}

function parseAddress(text: string): Address | undefined {
  return parseV4(text) ?? parseV6(text);
}

/** Four decimal numbers; a leading zero is refused, since some read it as octal. */
function parseV4(text: string): Address | undefined {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256)) {
    return undefined;
  }
  const value = bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { text, size: 32, value: BigInt(value) };
}

/** The URL parser knows the grammar of RFC 4291 and writes RFC 5952; a zone (`%eth0`) is left out. */
function parseV6(text: string): Address | undefined {
  const bare = /^([\da-f.]*:[\da-f:.]*)(?:%[\w.-]+)?$/i.exec(text)?.[1];
  const host = bare === undefined ? undefined : URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const value = BigInt(`0x${expand(host)}`);
  // RFC 4291 §2.5.5.2: ::ffff:0:0/96 holds the IPv4-mapped addresses.
  if (value >> 32n === 0xffffn) return parseV4([24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join("."));
  return { text: host, size: 128, value };
}

/** The 32 hexadecimal digits of a compressed IPv6 address. */
function expand(host: string): string {
  const groups = (text: string) => text.split(":").filter(Boolean);
  const zeros = "0:".repeat(8 - groups(host).length);
  const full = groups(host.replace("::", `:${zeros}`));
  return full.map((group) => group.padStart(4, "0")).join("");
}
