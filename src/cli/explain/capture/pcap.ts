import type { EachPacket } from "./packet.ts";

/** The magic number of a file: its byte order, and units of its fractions of a second. */
const MAGIC: Readonly<Record<string, { readonly little: boolean; readonly perMs: number }>> = {
  a1b2c3d4: { little: false, perMs: 1e3 },
  d4c3b2a1: { little: true, perMs: 1e3 },
  a1b23c4d: { little: false, perMs: 1e6 },
  "4d3cb2a1": { little: true, perMs: 1e6 },
};

/** Whether a file is of pcap's format. */
export function isPcap(bytes: Buffer): boolean {
  return bytes.length >= 24 && Object.hasOwn(MAGIC, bytes.toString("hex", 0, 4));
}

/** Goes through the packets of a pcap file; one that is cut ends earlier. */
export function eachOfPcap(bytes: Buffer, each: EachPacket): void {
  const { little, perMs } = MAGIC[bytes.toString("hex", 0, 4)]!;
  const word = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  // The upper bits may tell of a checksum.
  const link = word(20) & 0xfffffff;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = word(at + 8);
    const start = at + 16;
    const ms = word(at) * 1000 + word(at + 4) / perMs;
    each({ ms, bytes, start, end: Math.min(start + length, bytes.length), link });
    at = start + length;
  }
}
