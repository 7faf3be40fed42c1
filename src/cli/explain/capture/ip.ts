import { type Endpoint, type Endpoints, FLAG, type Segment } from "./packet.ts";

const TCP = 6;

/** IPv6 extension headers that have their length in their second byte (RFC 8200 §4). */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;

/** The TCP segment in a packet of IP that begins at `at`; undefined for anything else, and for fragments but the first. */
export function segmentAt(bytes: Buffer, at: number, ms: number, endpoints: Endpoints): Segment | undefined {
  const version = (bytes[at] ?? 0) >> 4;
  if (version === 4) return fromV4(bytes, at, ms, endpoints);
  return version === 6 ? fromV6(bytes, at, ms, endpoints) : undefined;
}

function fromV4(bytes: Buffer, at: number, ms: number, endpoints: Endpoints): Segment | undefined {
  if (at + 20 > bytes.length || bytes[at + 9] !== TCP || (bytes.readUInt16BE(at + 6) & 0x1fff) !== 0) return undefined;
  const header = (bytes[at]! & 15) * 4;
  const total = bytes.readUInt16BE(at + 2);
  // Cards that cut segments themselves leave 0.
  const length = total === 0 ? bytes.length - at : total;
  return fromTcp(bytes, at + header, length - header, ms, endpoints, [at + 12, at + 16]);
}

function fromV6(bytes: Buffer, at: number, ms: number, endpoints: Endpoints): Segment | undefined {
  if (at + 40 > bytes.length) return undefined;
  const payload = bytes.readUInt16BE(at + 4);
  const end = payload === 0 ? bytes.length : at + 40 + payload;
  let next = bytes[at + 6]!;
  let start = at + 40;
  while ((EXTENSIONS.has(next) || next === FRAGMENT) && start + 8 <= bytes.length) {
    if (next === FRAGMENT && bytes.readUInt16BE(start + 2) >> 3 !== 0) return undefined;
    const size = next === FRAGMENT ? 8 : (bytes[start + 1]! + 1) * 8;
    next = bytes[start]!;
    start += size;
  }
  return next === TCP ? fromTcp(bytes, start, end - start, ms, endpoints, [at + 8, at + 24]) : undefined;
}

/** @param size what the segment had on the wire, which may be more than was kept */
function fromTcp(
  bytes: Buffer,
  at: number,
  size: number,
  ms: number,
  endpoints: Endpoints,
  addresses: readonly [source: number, destination: number],
): Segment | undefined {
  if (at + 20 > bytes.length) return undefined;
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20 || header > size) return undefined;
  const endpoint = addresses[1] - addresses[0] === 4 ? v4 : v6;
  const from = endpoint(endpoints, bytes, addresses[0], bytes.readUInt16BE(at));
  const to = endpoint(endpoints, bytes, addresses[1], bytes.readUInt16BE(at + 2));
  if (!from || !to) return undefined;
  const flags = bytes[at + 13]!;
  const length = size - header;
  return {
    ms,
    from,
    to,
    seq: bytes.readUInt32BE(at + 4),
    ack: flags & FLAG.ACK ? bytes.readUInt32BE(at + 8) : undefined,
    flags,
    window: bytes.readUInt16BE(at + 14),
    // An Ethernet frame may be padded.
    payload: bytes.subarray(at + header, at + header + length),
    length,
  };
}

function v4(endpoints: Endpoints, bytes: Buffer, at: number, port: number): Endpoint | undefined {
  const address = bytes.readUInt32BE(at);
  return endpoints.get(address * 65_536 + port, port, () => `${shownV4(address)}:${port}`);
}

function shownV4(address: number): string {
  return `${address >>> 24}.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
}

function v6(endpoints: Endpoints, bytes: Buffer, at: number, port: number): Endpoint | undefined {
  const address = bytes.toString("latin1", at, at + 16);
  return endpoints.get(`${address}${port}`, port, () => `[${shownV6(address)}]:${port}`);
}

function shownV6(address: string): string {
  const text = (Buffer.from(address, "latin1").toString("hex").match(/.{4}/g) ?? []).join(":");
  return URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) ?? text;
}
