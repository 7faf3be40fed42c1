import * as OPCODE from "./opcode.ts";
import type { ProtocolFailureCode } from "./protocol-failures.ts";
import { allocate, MAX_SLAB_SPAN, release, type Span, viewOf } from "./slab.ts";
import { readText } from "./text.ts";
import { UTF8_ACCEPT, UTF8_REJECT, validateUtf8 } from "./utf8.ts";

const EMPTY = /* @__PURE__ */ new Uint8Array(0);

/** A whole payload is put here where it is used before anything else is read. */
const scratch = /* @__PURE__ */ new Uint8Array(1 << 16);

/** For a frame of up to so many bytes room is made at its header; a header that claims more is not trusted. */
export const TRUSTED_LENGTH = 65_536;

/** V8's longest string: a longer text could be received, but not delivered. */
const MAX_MESSAGE_BYTES = 2 ** 29 - 24;

/** What one message may take. */
export interface MessageLimits {
  /** The payload of all its frames together, in bytes; 1 MiB by default, never over 2^29 - 24. */
  readonly messageBytes?: number | undefined;
  /** Its frames; 131,072 by default. A frame costs no memory of its own, so this only ends a stream of empty ones. */
  readonly fragments?: number | undefined;
}

/** The most bytes that a message may have. */
export function messageLimit({ messageBytes = 1 << 20 }: MessageLimits): number {
  return Math.min(messageBytes, MAX_MESSAGE_BYTES);
}

/**
 * Assembles messages from data frames, one after the other, in one buffer. For each frame: `begin` at its header; then for
 * each piece of payload `reserve`, put it at `bytes[size]`, and say so with `advance`; after the one with FIN, `takePayload`.
 */
export class MessageAssembly {
  /** The buffer of the message: exactly as long as the message once it is whole. */
  bytes: Uint8Array<ArrayBuffer> = EMPTY;
  /** How many bytes of it are filled. */
  size = 0;
  /** Whether the frame that began last is the message's last one. */
  fin = true;
  /** Whether an extension encoded the message: it is no text yet. */
  encoded = false;
  /** The most bytes that a message may have, encoded or not. */
  readonly limit: number;
  readonly #maxFragments: number;
  #opcode = 0;
  #fragments = 0;
  /** How long the message is at least, by the headers that have come. */
  #needed = 0;
  #utf8 = UTF8_ACCEPT;
  /** Where `bytes` lie, until the message is whole. */
  #lent: Span | undefined;

  constructor(limits: MessageLimits) {
    this.limit = messageLimit(limits);
    this.#maxFragments = limits.fragments ?? 1 << 17;
  }

  /** Takes a frame whose payload has `length` bytes, all `atHand` or not, unless that goes over a limit. */
  begin(
    opcode: number,
    fin: boolean,
    length: number,
    atHand: boolean,
    encoded = false,
  ): ProtocolFailureCode | undefined {
    if (opcode !== OPCODE.CONTINUATION) {
      this.#opcode = opcode;
      this.encoded = encoded;
    }
    this.fin = fin;
    this.#fragments++;
    const needed = this.size + length;
    if (needed > this.limit || this.#fragments > this.#maxFragments) return "MESSAGE_TOO_BIG";
    this.#needed = needed;
    // A payload that is decoded before anything else can come needs no buffer of its own.
    const consumedAtOnce = opcode === OPCODE.TEXT || encoded;
    if (consumedAtOnce && fin && atHand && length <= scratch.length) this.bytes = scratch.subarray(0, length);
    else if (fin && (this.#lent || this.bytes.length > needed)) this.#resize(needed);
    return undefined;
  }

  /**
   * Makes room for the next `count` bytes. A header may claim what never comes: past 64 KiB, room doubles as bytes
   * arrive. Exactly what the message needs once that is known.
   */
  reserve(count: number): void {
    const least = this.size + count;
    const room = this.bytes.length;
    if (least <= room) return;
    const wanted = Math.max(least, 2 * room, Math.min(this.#needed, TRUSTED_LENGTH));
    this.#resize(Math.min(wanted, this.fin ? this.#needed : Math.max(least, this.limit)));
  }

  /** A long message that is not whole is kept in memory that was used before: its pages are there already. */
  #resize(length: number): void {
    const isWhole = this.fin && length === this.#needed;
    const lent = isWhole || length <= MAX_SLAB_SPAN ? undefined : allocate(length);
    const bytes = lent ? viewOf(lent) : new Uint8Array(length);
    if (this.size > 0) bytes.set(this.bytes.subarray(0, this.size));
    if (this.#lent) release(this.#lent);
    this.#lent = lent;
    this.bytes = bytes;
  }

  /** `count` bytes more are filled. A text that goes on is checked up to here; a whole one when it is decoded. */
  advance(count: number): ProtocolFailureCode | undefined {
    const from = this.size;
    this.size += count;
    if (this.#opcode !== OPCODE.TEXT || this.encoded || (this.fin && this.size === this.#needed)) return undefined;
    this.#utf8 = validateUtf8(this.#utf8, this.bytes, from, this.size);
    return this.#utf8 === UTF8_REJECT ? "INVALID_UTF8" : undefined;
  }

  /** Gives the payload of the whole message away, valid until another message begins: the next frame begins one. */
  takePayload(): Uint8Array<ArrayBuffer> {
    const bytes = this.bytes.length > 0 ? this.bytes : new Uint8Array(0);
    this.bytes = EMPTY;
    this.size = 0;
    this.#fragments = 0;
    this.#utf8 = UTF8_ACCEPT;
    return bytes;
  }

  /** The message whose payload was taken, from that payload as it is once decoded; undefined for a text that is not UTF-8. */
  messageOf(bytes: Uint8Array): string | Uint8Array<ArrayBuffer> | undefined {
    if (this.#opcode === OPCODE.TEXT) return readText(bytes, 0, bytes.length);
    const isOwn = bytes.constructor === Uint8Array && bytes.length === bytes.buffer.byteLength;
    return isOwn ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  }
}
