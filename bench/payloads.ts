/**
 * What is sent. Load and servers make the same payload from the same few words, so that a server without any WebSocket
 * work can answer with precomputed bytes.
 */

/** `text` is ASCII, `wide` has characters of two and three bytes, `json` is what an application might send. */
export type Kind = "binary" | "text" | "wide" | "json";

export interface Payload {
  readonly kind: Kind;
  /** Bytes. */
  readonly size: number;
  /** The connection's number: no two send the same. */
  readonly seed: number;
}

const WIDE = "Grüße, 世界 — ";

function json(seed: number): string {
  const items = Array.from({ length: 40 }, (_, at) => ({
    id: seed * 1000 + at,
    name: `item ${at * 7919}`,
    price: at * 3,
  }));
  return JSON.stringify({ type: "update", user: `user-${seed}`, items });
}

const TEXTS: Readonly<Record<Exclude<Kind, "binary">, (seed: number) => string>> = {
  text: (seed) => `${seed}: the quick brown fox jumps over the lazy dog; `,
  wide: (seed) => `${seed}: ${WIDE}the quick brown fox; `,
  json,
};

/** Exactly `size` bytes; text is cut between characters and filled up with spaces. */
export function payloadOf({ kind, size, seed }: Payload): Buffer {
  if (kind === "binary") return Buffer.from(Uint8Array.from({ length: size }, (_, at) => at * 31 + (at >> 8) + seed));
  const unit = TEXTS[kind](seed);
  const filled = Buffer.from(unit.repeat(Math.ceil(size / unit.length)));
  const text = new TextDecoder().decode(filled.subarray(0, size)).replace(/\ufffd+$/, "");
  return Buffer.concat([Buffer.from(text), Buffer.alloc(size, " ")]).subarray(0, size);
}

/** As the path of a request. */
export function pathOf({ kind, size, seed }: Payload): string {
  return `/?kind=${kind}&size=${size}&seed=${seed}`;
}

/** The path of a connection to a room. */
export function roomPathOf(room: number, payload: Payload): string {
  return `${pathOf(payload)}&room=${room}`;
}

/** The room that a path or a URL names. */
export function roomFrom(url: string): string {
  return new URL(url, "http://localhost").searchParams.get("room") ?? "";
}

export function payloadFrom(path: string): Payload {
  const { searchParams } = new URL(path, "http://localhost");
  return {
    kind: (searchParams.get("kind") ?? "binary") as Kind,
    size: Number(searchParams.get("size") ?? 0),
    seed: Number(searchParams.get("seed") ?? 0),
  };
}

/** A masked frame as clients send them, or with a `key` of undefined one as servers do (RFC 6455 §5.2). */
export function frameOf(kind: Kind, payload: Buffer, key: number | undefined, rsv = 0): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + extended + (key === undefined ? 0 : 4);
  const frame = Buffer.alloc(start + length);
  frame[0] = 0x80 | rsv | (kind === "binary" ? 2 : 1);
  frame[1] = (key === undefined ? 0 : 0x80) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  if (key !== undefined) frame.writeUInt32BE(key, start - 4);
  for (let at = 0; at < length; at++) {
    frame[start + at] = payload[at]! ^ (key === undefined ? 0 : key >>> (24 - 8 * (at & 3)));
  }
  return frame;
}
