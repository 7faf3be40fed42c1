import type { ProtocolFailureCode } from "./protocol-failures.ts";
import type { Span } from "./slab.ts";
import type { Sending } from "./unsent.ts";

/**
 * An extension that both sides agreed to, and what it does to whole messages (RFC 6455 §9). `done` is called exactly once,
 * before the call returns or later; its bytes are valid until it returns. There is one call at a time each way, in the
 * order of the messages: what the caller gives is the caller's again as soon as the call returns.
 */
export interface Extension {
  /** The RSV bit that marks the first frame of a message that it encoded: 0x40, 0x20 or 0x10. */
  readonly rsv: number;
  /** Whether a message of this many bytes is to be encoded; then every longer one is. */
  encodes(length: number): boolean;
  /** Encodes a message to send; `done` gets undefined if it cannot, which fails the connection. */
  encode(message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void;
  /**
   * Decodes a received message, which may be `limit` bytes long, or tells what is wrong with it. A result that takes up all of its
   * buffer is the connection's to keep.
   */
  decode(payload: Uint8Array, limit: number, done: (result: Uint8Array | ProtocolFailureCode) => void): void;
  /** How it encodes what goes to other connections too; absent where each must have its own. */
  readonly shared?: SharedEncoding | undefined;
  /**
   * How one connection sends, in order though messages take their time: it comes with the extension, so that who has none brings nothing
   * of it. `maskKey`: a client's keys; `failed`: a message can't be encoded.
   */
  sending(maskKey: (() => number) | undefined, output: { write(frame: Span): void }, failed: () => void): Sending;
  /** The connection is over: frees what was kept for it. `done` may still be called. */
  close(): void;
}

/** Encoding that depends on nothing but the message, so that one result serves many connections. */
export interface SharedEncoding {
  /** The same object for all extensions that make the same of a message. */
  readonly alike: object;
  /** As `encode` of the extension, but any number of calls at a time. */
  encode(message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void;
  /** The peer is sent such a message now: the extension's own encoding must not refer to what came before. */
  used(): void;
}

/** What only a connection with an extension has. */
export interface Coding {
  readonly extension: Extension;
  /** What is sent goes through it. */
  readonly queue: Sending;
  /** Whether a message is being decoded. */
  decoding: boolean;
  /** A message that was decoded while it could not be delivered. */
  decoded: string | Uint8Array<ArrayBuffer> | undefined;
}
