import type { Message } from "../../contract/socket.ts";
import { decodeClosePayload, encodeClosePayload, NO_STATUS } from "../../protocol/close.ts";
import { decodeText, encodeText } from "../../protocol/utf8.ts";

/** What a room does in every process: it sends a message, closes sockets, or tells who is there. */
export interface Posting {
  /** Only sockets subscribed to it. */
  readonly topic?: string | undefined;
  /** The id of a socket that is left out. */
  readonly except?: string | undefined;
  readonly act: Message | CloseAct | RosterAct;
}

/** A close of sockets. */
export interface CloseAct {
  readonly code: number;
  readonly reason: string;
}

/** A message of the room's roster to those in other processes. */
export interface RosterAct {
  readonly roster: string;
}

/** Some postings of one room and process, in their order. */
export interface Batch {
  /** The process. */
  readonly from: string;
  /** Which of the process's numberings this is: a later one is greater. */
  readonly epoch: number;
  /** How many postings of this epoch came before. */
  readonly offset: number;
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
const ROSTER = 3;

/** What fits into the Close of a socket (RFC 6455 §5.5). */
const MAX_CLOSE_BYTES = 125;

export function pack({ act, topic, except }: Posting): Packed {
  const kind = kindOf(act);
  const bytes = viewOf(act);
  return { head: [bytes.length, kind, topic, except] as Packed["head"], bytes };
}

function kindOf(act: Posting["act"]): number {
  if (typeof act === "string") return TEXT;
  if (act instanceof Uint8Array) return BINARY;
  return "roster" in act ? ROSTER : CLOSE;
}

function viewOf(act: Posting["act"]): Uint8Array<ArrayBuffer> {
  if (typeof act === "string") return encodeText(act);
  if ("roster" in act) return encodeText(act.roster);
  return act instanceof Uint8Array ? new Uint8Array(act) : encodeClosePayload(act.code, act.reason);
}

/** A batch as bytes: the length of its head in four, the head as JSON, and the acts one after the other. */
export function encodeBatch(
  { from, epoch, offset }: Omit<Batch, "postings">,
  packed: readonly Packed[],
): Uint8Array<ArrayBuffer> {
  const head = encodeText(JSON.stringify([VERSION, from, epoch, offset, packed.map((one) => one.head)]));
  const size = packed.reduce((sum, { bytes }) => sum + bytes.length, 4 + head.length);
  const result = new Uint8Array(size);
  new DataView(result.buffer).setUint32(0, head.length);
  result.set(head, 4);
  let at = 4 + head.length;
  for (const { bytes } of packed) {
    result.set(bytes, at);
    at += bytes.length;
  }
  return result;
}

/** The batch that the bytes are; undefined when they are none, or of another version of this format. Every part is checked. */
export function decodeBatch(bytes: Uint8Array<ArrayBuffer>): Batch | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength < 4) return undefined;
  let at = 4 + new DataView(buffer, byteOffset, byteLength).getUint32(0);
  const head = decodeHead(bytes.subarray(4, at));
  if (!head) return undefined;
  const [, from, epoch, offset, heads] = head;
  const postings: Posting[] = [];
  for (const [size, kind, topic, except] of heads) {
    const end = at + size;
    const act = actOf(kind, bytes.subarray(at, end));
    if (act === undefined) return undefined;
    postings.push({ topic: topic ?? undefined, except: except ?? undefined, act });
    at = end;
  }
  return at === byteLength ? { from, epoch, offset, postings } : undefined;
}

type Head = readonly [version: number, from: string, epoch: number, offset: number, heads: readonly Packed["head"][]];

function decodeHead(bytes: Uint8Array): Head | undefined {
  const head = parse(decodeText(bytes));
  if (!Array.isArray(head)) return undefined;
  const [version, from, epoch, offset, heads] = head as unknown[];
  const isBatch = version === VERSION && typeof from === "string" && isCount(epoch) && isCount(offset);
  const hasPostings = Array.isArray(heads) && heads.length > 0 && heads.every(isPostingHead);
  return isBatch && hasPostings ? (head as unknown as Head) : undefined;
}

function isPostingHead(head: unknown): head is Packed["head"] {
  return Array.isArray(head) && isCount(head[0]) && isName(head[2]) && isName(head[3]);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isName(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function actOf(kind: number, bytes: Uint8Array<ArrayBuffer>): Posting["act"] | undefined {
  if (kind === TEXT) return decodeText(bytes);
  if (kind === BINARY) return bytes;
  if (kind === ROSTER) return rosterOf(decodeText(bytes));
  return kind === CLOSE && bytes.length <= MAX_CLOSE_BYTES ? closeOf(bytes) : undefined;
}

function rosterOf(roster: string | undefined): RosterAct | undefined {
  return roster === undefined ? undefined : { roster };
}

/** A close that may be sent: one without a code may not. */
function closeOf(bytes: Uint8Array): CloseAct | undefined {
  const close = decodeClosePayload(bytes);
  return typeof close === "string" || close.code === NO_STATUS ? undefined : close;
}
