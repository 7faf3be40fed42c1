import type { Message } from "../../contract/socket.ts";
import { decodeClosePayload, encodeClosePayload } from "../../protocol/close.ts";
import { encodeText } from "../../protocol/utf8.ts";

/** What a room does in every process: it sends a message, or closes sockets. */
export interface Posting {
  /** Only sockets subscribed to it. */
  readonly topic?: string | undefined;
  /** The id of a socket that is left out. */
  readonly except?: string | undefined;
  readonly act: Message | Close;
}

/** A close of sockets. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** Some postings of one room and process, in their order. */
export interface Batch {
  /** The process. */
  readonly from: string;
  /** Which of the process's numberings this is; a later one is greater. */
  readonly line: number;
  /** How many postings of this numbering came before. */
  readonly first: number;
  readonly postings: readonly Posting[];
}

/** A posting whose act is bytes already, since its sender may use his buffer again. */
export interface Packed {
  /** Size in bytes, kind, topic and exception, as they are written. */
  readonly head: readonly [size: number, kind: number, topic?: string, except?: string];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const VERSION = 1;
const TEXT = 0;
const BINARY = 1;
const CLOSE = 2;

const decoder = new TextDecoder();

export function pack({ act, topic, except }: Posting): Packed {
  const kind = typeof act === "string" ? TEXT : act instanceof Uint8Array ? BINARY : CLOSE;
  const bytes = viewOf(act);
  return { head: [bytes.length, kind, topic, except] as Packed["head"], bytes };
}

function viewOf(act: Posting["act"]): Uint8Array<ArrayBuffer> {
  if (typeof act === "string") return encodeText(act);
  return act instanceof Uint8Array ? act.slice() : encodeClosePayload(act.code, act.reason);
}

/** A batch as bytes: the length of its head in four, the head as JSON, and the acts one after the other. */
export function encodeBatch(
  { from, line, first }: Omit<Batch, "postings">,
  packed: readonly Packed[],
): Uint8Array<ArrayBuffer> {
  const head = encodeText(JSON.stringify([VERSION, from, line, first, packed.map((one) => one.head)]));
  const size = packed.reduce((sum, { bytes }) => sum + bytes.length, 4 + head.length);
  const result = new Uint8Array(size);
  new DataView(result.buffer).setUint32(0, head.length);
  result.set(head, 4);
  let offset = 4 + head.length;
  for (const { bytes } of packed) {
    result.set(bytes, offset);
    offset += bytes.length;
  }
  return result;
}

/** The batch that the bytes are; undefined when they are none, or of another version of this format. */
export function decodeBatch(bytes: Uint8Array<ArrayBuffer>): Batch | undefined {
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    let offset = 4 + new DataView(buffer, byteOffset, byteLength).getUint32(0);
    const [version, from, line, first, heads] = JSON.parse(decoder.decode(bytes.subarray(4, offset)));
    const postings: Posting[] = [];
    for (const [size, kind, topic, except] of heads as Packed["head"][]) {
      const act = actOf(kind, bytes.subarray(offset, offset + size));
      postings.push({ topic: topic ?? undefined, except: except ?? undefined, act });
      offset += size;
    }
    return version === VERSION && offset === byteLength ? { from, line, first, postings } : undefined;
  } catch {
    return undefined;
  }
}

function actOf(kind: number, bytes: Uint8Array<ArrayBuffer>): Posting["act"] {
  if (kind === TEXT) return decoder.decode(bytes);
  if (kind === BINARY) return bytes;
  const close = decodeClosePayload(bytes);
  if (typeof close === "string") throw new RangeError(close);
  return close;
}
