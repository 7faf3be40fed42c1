import { randomBytes } from "node:crypto";

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export const RSV1 = 4;
export const RSV2 = 2;
export const RSV3 = 1;

/** What may be unusual about a frame. */
export interface FrameOptions {
  /** Default true. */
  readonly fin?: boolean;
  /** RSV1 is 4, RSV2 2, RSV3 1. Default none. */
  readonly rsv?: number;
  /** Without a mask, which a client must never leave out. Default false. */
  readonly unmasked?: boolean;
  /** Bytes of length field: 0, 2 or 8. Default: the fewest that do. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** What the length field says. Default: the truth. */
  readonly claimed?: number | bigint;
}

/** A client's frame, byte by byte as RFC 6455 §5.2 draws it; made without any of the library's own code. */
export function frame(opcode: number, payload: string | Uint8Array = "", options: FrameOptions = {}): Buffer {
  const data = typeof payload === "string" ? Buffer.from(payload) : payload;
  const { fin = true, rsv = 0, unmasked = false, claimed = data.length } = options;
  const { lengthBytes = claimed < 126 ? 0 : claimed < 65_536 ? 2 : 8 } = options;
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (unmasked ? 0 : 0x80) | (lengthBytes === 0 ? Number(claimed) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(claimed), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(claimed), 2);
  if (unmasked) return Buffer.concat([head, data]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, masked(data, key)]);
}

function masked(data: Uint8Array, key: Buffer): Buffer {
  const out = Buffer.allocUnsafe(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i]! ^ key[i & 3]!;
  return out;
}

/** A message in frames of `size` bytes. */
export function fragments(opcode: number, payload: string | Uint8Array, size: number): Buffer[] {
  const data = Buffer.from(payload as string);
  const count = Math.max(1, Math.ceil(data.length / size));
  return Array.from({ length: count }, (_, i) =>
    frame(i === 0 ? opcode : CONTINUATION, data.subarray(i * size, (i + 1) * size), { fin: i === count - 1 }),
  );
}

/** A Close frame: empty without a code. */
export function close(code?: number, reason: string | Uint8Array = ""): Buffer {
  if (code === undefined) return frame(CLOSE);
  return frame(CLOSE, Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason as string)]));
}

/** The bytes of `81 05`. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

/** `length` bytes, each made from its place. */
export function octets(length: number, at: (i: number) => number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => at(i)));
}
