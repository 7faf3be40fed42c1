import { copyMasked, putWord, word } from "./mask.ts";
import * as OPCODE from "./opcode.ts";
import type { ProtocolFailureCode } from "./protocol-failures.ts";
import { allocate, MAX_SPARE_BYTES, type Span, shrink, viewOf } from "./slab.ts";
import { writeText } from "./text.ts";
import { encodeText } from "./utf8.ts";

/** The bits of a header's first byte, and MASK of its second (RFC 6455 §5.2). */
export const FIN = 0x80;
const RSV = 0x70;
export const MASK = 0x80;

/** The longest header: two bytes, eight of length, four of masking key. */
export const MAX_HEADER_BYTES = 14;

/** Whether an opcode is a control frame's: "most significant bit of the opcode is 1" (RFC 6455 §5.5). */
export function isControl(opcode: number): boolean {
  return opcode > 7;
}

/** The opcode in a header's first byte. */
export function opcodeOf(first: number): number {
  return first & 0x0f;
}

/**
 * What RFC 6455 forbids about a header's first two bytes.
 * @param masked whether the peer must mask, which clients must and servers must not
 * @param rsv the RSV bits that extensions may set on the first frame of a message
 * @param unfinished whether a fragmented message is under way
 */
export function headerFailure(
  first: number,
  second: number,
  masked: boolean,
  rsv: number,
  unfinished: boolean,
): ProtocolFailureCode | undefined {
  const opcode = opcodeOf(first);
  const beginsMessage = opcode === OPCODE.TEXT || opcode === OPCODE.BINARY;
  // §5.2 "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a nonzero
  // value, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if (first & RSV & ~(beginsMessage ? rsv : 0)) return "RSV_UNEXPECTED";
  // §5.2 "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if ((opcode & 7) > 2) return "OPCODE_INVALID";
  // §5.1 "The server MUST close the connection upon receiving a frame that is not masked."
  if (masked && !(second & MASK)) return "FRAME_UNMASKED";
  // §5.1 "A client MUST close a connection if it detects a masked frame."
  if (!masked && second & MASK) return "FRAME_MASKED";
  if (isControl(opcode)) {
    // §5.5 "All control frames ... MUST NOT be fragmented."
    if (!(first & FIN)) return "CONTROL_FRAGMENTED";
    // §5.5 "All control frames MUST have a payload length of 125 bytes or less"
    if ((second & 0x7f) > 125) return "CONTROL_TOO_LONG";
    return undefined;
  }
  // §5.4 "The fragments of one message MUST NOT be interleaved between the fragments of another message"
  if (beginsMessage === unfinished) return "CONTINUATION_UNEXPECTED";
  return undefined;
}

/**
 * Where the payload of the frame at `bytes[at]` begins, if that is what most frames of a client are: masked, a whole message that no
 * extension changed, of less than 64 KiB, and all of it here. Otherwise 0. Its masking key is the four bytes before.
 */
export function wholeMessageAt(bytes: Uint8Array, at: number): number {
  const opcode = bytes[at]! ^ FIN;
  const second = bytes[at + 1] ?? 0;
  if ((opcode !== OPCODE.BINARY && opcode !== OPCODE.TEXT) || second < MASK || second === 0xff) return 0;
  if (second < MASK + 126) return at + 6 + second - MASK <= bytes.length ? at + 6 : 0;
  const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  // §5.2 "the minimal number of bytes MUST be used to encode the length"
  return length > 125 && at + 8 + length <= bytes.length ? at + 8 : 0;
}

/** The length of a header in bytes, 2 to 14, from its second byte. */
export function headerLength(second: number): number {
  const length7 = second & 0x7f;
  return 2 + (length7 < 126 ? 0 : length7 === 126 ? 2 : 8) + (second & MASK ? 4 : 0);
}

/** The payload length in the whole header at `bytes[at]`. Past 2^53 it is only about right, and past every limit. */
export function payloadLength(bytes: Uint8Array, at: number): number {
  const length7 = bytes[at + 1]! & 0x7f;
  if (length7 < 126) return length7;
  if (length7 === 126) return (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return word(bytes, at + 2) * 2 ** 32 + word(bytes, at + 6);
}

/** §5.2 "the minimal number of bytes MUST be used to encode the length" */
export function isMinimalLength(second: number, length: number): boolean {
  return (second & 0x7f) === shortLength(length);
}

/** The masking key of the whole header of `length` bytes at `bytes[at]`, or 0, which changes nothing, without MASK. */
export function maskingKey(bytes: Uint8Array, at: number, length: number): number {
  return bytes[at + 1]! & MASK ? word(bytes, at + length - 4) : 0;
}

/** The 7 bits of payload length: 126 and 127 announce two and eight bytes more. */
function shortLength(length: number): number {
  return length < 126 ? length : length < 65536 ? 126 : 127;
}

/** One frame, header and payload, as `frameOf` makes it: a view of memory that nothing else will write to. */
export function encodeFrame(
  opcode: number,
  payload: Uint8Array,
  maskKey?: number,
  flags?: number,
): Uint8Array<ArrayBuffer> {
  return viewOf(frameOf(opcode, payload, maskKey, flags));
}

/** A text message like `encodeFrame`; a lone surrogate becomes U+FFFD. */
export function encodeTextFrame(text: string, maskKey?: number): Uint8Array<ArrayBuffer> {
  return viewOf(textFrameOf(text, maskKey));
}

/**
 * One frame, header and payload, in memory that is the caller's until he releases it.
 * @param maskKey 32 random bits from a client, nothing from a server (RFC 6455 §5.3)
 * @param flags FIN and RSV bits; FIN alone by default
 */
export function frameOf(opcode: number, payload: Uint8Array, maskKey?: number, flags: number = FIN): Span {
  const { length } = payload;
  const headerBytes = headerLengthFor(length, maskKey);
  const frame = allocate(headerBytes + length);
  const { memory, from } = frame;
  putHeader(memory, from, flags | opcode, length, maskKey);
  if (maskKey === undefined) memory.set(payload, from + headerBytes);
  else copyMasked(payload, 0, memory, from + headerBytes, length, maskKey, 0);
  return frame;
}

/** A text message in one frame, like `frameOf`; a lone surrogate becomes U+FFFD. */
export function textFrameOf(text: string, maskKey?: number): Span {
  const most = MAX_HEADER_BYTES + 3 * text.length;
  if (most > MAX_SPARE_BYTES) return frameOf(OPCODE.TEXT, encodeText(text), maskKey);
  const taken = allocate(most);
  const { memory, from } = taken;
  const guess = headerLengthFor(text.length, maskKey);
  const length = writeText(text, memory, from + guess);
  const headerBytes = headerLengthFor(length, maskKey);
  const start = from + headerBytes;
  if (headerBytes !== guess) memory.copyWithin(start, from + guess, from + guess + length);
  putHeader(memory, from, FIN | OPCODE.TEXT, length, maskKey);
  if (maskKey !== undefined) copyMasked(memory, start, memory, start, length, maskKey, 0);
  return shrink(taken, headerBytes + length);
}

function headerLengthFor(length: number, maskKey: number | undefined): number {
  return headerLength(shortLength(length) | (maskKey === undefined ? 0 : MASK));
}

function putHeader(memory: Uint8Array, at: number, first: number, length: number, maskKey: number | undefined): void {
  const length7 = shortLength(length);
  memory[at] = first;
  memory[at + 1] = length7;
  if (length7 === 126) {
    memory[at + 2] = length >> 8;
    memory[at + 3] = length;
  } else if (length7 === 127) {
    putWord(memory, at + 2, length / 2 ** 32);
    putWord(memory, at + 6, length);
  }
  if (maskKey === undefined) return;
  memory[at + 1] = length7 | MASK;
  putWord(memory, at + headerLength(length7), maskKey);
}
