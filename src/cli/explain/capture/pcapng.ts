import type { EachPacket } from "./packet.ts";

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE = 3;
const ENHANCED = 6;

/** What a block of an interface tells. */
interface Interface {
  readonly link: number;
  /** Units of its clock in a millisecond. */
  readonly perMs: number;
}

/** Whether a file is of pcapng's format. */
export function isPcapng(bytes: Buffer): boolean {
  return bytes.length >= 28 && bytes.readUInt32BE(0) === SECTION;
}

/** Goes through the packets of a pcapng file (draft-ietf-opsawg-pcapng); one that is cut ends earlier. */
export function eachOfPcapng(bytes: Buffer, each: EachPacket): void {
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const isSection = bytes.readUInt32BE(at) === SECTION;
    if (isSection) {
      little = bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
      interfaces = [];
    }
    const reader = new Reader(bytes, little);
    const length = reader.word(at + 4);
    if (length < 12 || length % 4 !== 0) return;
    if (!isSection) readBlock(reader, at, Math.min(at + length, bytes.length), interfaces, each);
    at += length;
  }
}

/** Numbers in a section's byte order. */
class Reader {
  readonly bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.bytes = bytes;
    this.#little = little;
  }

  word(at: number): number {
    if (at + 4 > this.bytes.length) return 0;
    return this.#little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  half(at: number): number {
    if (at + 2 > this.bytes.length) return 0;
    return this.#little ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }
}

function readBlock(reader: Reader, at: number, end: number, interfaces: Interface[], each: EachPacket): void {
  const type = reader.word(at);
  if (type === INTERFACE) interfaces.push({ link: reader.half(at + 8), perMs: resolution(reader, at + 16, end - 4) });
  else if (type === ENHANCED && at + 28 <= end) {
    const { link, perMs } = interfaces[reader.word(at + 8)] ?? { link: 1, perMs: 1e3 };
    const ms = (reader.word(at + 12) * 2 ** 32 + reader.word(at + 16)) / perMs;
    const start = at + 28;
    each({ ms, bytes: reader.bytes, start, end: Math.min(end, start + reader.word(at + 20)), link });
  } else if (type === SIMPLE) {
    const start = at + 12;
    each({
      ms: 0,
      bytes: reader.bytes,
      start,
      end: Math.min(end - 4, start + reader.word(at + 8)),
      link: interfaces[0]?.link ?? 1,
    });
  }
}

const IF_TSRESOL = 9;

/** The option if_tsresol: a power of ten, or of two where the highest bit is set; microseconds without it. */
function resolution(reader: Reader, from: number, to: number): number {
  for (let at = from; at + 4 <= to; ) {
    const [code, length] = [reader.half(at), reader.half(at + 2)];
    if (code === 0) break;
    const value = reader.bytes[at + 4] ?? 6;
    if (code === IF_TSRESOL) return (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1000;
    at += 4 + ((length + 3) & ~3);
  }
  return 1e3;
}
