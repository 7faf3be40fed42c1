import type { Endpoints } from "./endpoints.ts";
import { FLAG, type Segment } from "./packet.ts";

const TCP = 6;

/** IPv6 extension headers that have their length in their second byte (RFC 8200 §4). */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;

/** The TCP segment in a packet of IP from `at` to before `limit`; undefined for anything else, and for fragments but the first. */
export function segmentAt(
  bytes: Buffer,
  at: number,
  limit: number,
  ms: number,
  endpoints: Endpoints,
): Segment | undefined {
  const version = at < limit ? bytes[at]! >> 4 : 0;
  if (version === 4) return fromV4(bytes, at, limit, ms, endpoints);
  return version === 6 ? fromV6(bytes, at, limit, ms, endpoints) : undefined;
}

function fromV4(bytes: Buffer, at: number, limit: number, ms: number, endpoints: Endpoints): Segment | undefined {
  if (at + 20 > limit || bytes[at + 9] !== TCP || (bytes.readUInt16BE(at + 6) & 0x1fff) !== 0) return undefined;
  const header = (bytes[at]! & 15) * 4;
  const total = bytes.readUInt16BE(at + 2);
  // Cards that cut segments themselves leave 0.
  const length = total === 0 ? limit - at : total;
  return fromTcp(bytes, at + header, length - header, limit, ms, endpoints, at + 12, 4);
}

function fromV6(bytes: Buffer, at: number, limit: number, ms: number, endpoints: Endpoints): Segment | undefined {
  if (at + 40 > limit) return undefined;
  const payload = bytes.readUInt16BE(at + 4);
  const end = payload === 0 ? limit : at + 40 + payload;
  let next = bytes[at + 6]!;
  let start = at + 40;
  while ((EXTENSIONS.has(next) || next === FRAGMENT) && start + 8 <= limit) {
    if (next === FRAGMENT && bytes.readUInt16BE(start + 2) >> 3 !== 0) return undefined;
    const size = next === FRAGMENT ? 8 : (bytes[start + 1]! + 1) * 8;
    next = bytes[start]!;
    start += size;
  }
  return next === TCP ? fromTcp(bytes, start, end - start, limit, ms, endpoints, at + 8, 16) : undefined;
}

/**
 * @param size what the segment had on the wire, which may be more than was kept
 * @param address where its two addresses stand, one behind the other, of so many bytes each
 */
function fromTcp(
  bytes: Buffer,
  at: number,
  size: number,
  limit: number,
  ms: number,
  endpoints: Endpoints,
  address: number,
  width: 4 | 16,
): Segment | undefined {
  if (at + 20 > limit) return undefined;
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20 || header > size) return undefined;
  const [fromPort, toPort] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
  const from = endpointAt(bytes, address, width, fromPort, endpoints);
  const to = endpointAt(bytes, address + width, width, toPort, endpoints);
  if (from === undefined || to === undefined) return undefined;
  const flags = bytes[at + 13]!;
  const length = size - header;
  return {
    ms,
    from,
    to,
    fromPort,
    toPort,
    seq: bytes.readUInt32BE(at + 4),
    ack: flags & FLAG.ACK ? bytes.readUInt32BE(at + 8) : undefined,
    flags,
    window: bytes.readUInt16BE(at + 14),
    // An Ethernet frame may be padded.
    payload: length === 0 ? NOTHING : bytes.subarray(at + header, Math.min(at + header + length, limit)),
    length,
  };
}

const NOTHING: Uint8Array = new Uint8Array(0);

function endpointAt(bytes: Buffer, at: number, width: 4 | 16, port: number, endpoints: Endpoints): number | undefined {
  if (width === 4) return endpoints.ofV4(bytes.readUInt32BE(at), port);
  return endpoints.ofV6(bytes.toString("latin1", at, at + 16), port);
}
