import type { ProtocolFailureCode } from "./protocol-failures.ts";
import type { Span } from "./slab.ts";

/** How a connection ended. */
export interface ConnectionClose {
  /** Ours if we closed first, else the peer's; 1005 for a Close without a code, 1006 for none, a failure's own. */
  readonly code: number;
  /** The reason that goes with the code; the failure's name if it failed. */
  readonly reason: string;
  /** Whether both sides sent a Close (RFC 6455 §7.1.4). */
  readonly wasClean: boolean;
  /** Why it failed, if it did. */
  readonly failure?: ProtocolFailureCode | undefined;
}

/** Whom a connection tells what comes from its peer: a session is one. Each may call any method of the connection; none may throw. */
export interface ConnectionSink {
  /** Bytes came, whatever they are: the peer is there. */
  receiveBytes?(): void;
  /** A whole message: text, or bytes that own exactly their buffer. */
  receiveMessage(data: string | Uint8Array<ArrayBuffer>): void;
  /** More came of a message that is not whole, which takes so many bytes of memory by now. */
  messageGrows?(bytes: number): void;
  /** A Pong, asked for or not (RFC 6455 §5.5.3). */
  receivePong?(payload: Uint8Array<ArrayBuffer>): void;
  /** The connection is over, as {@link ConnectionClose} says. Called exactly once; nothing follows. */
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void;
}

/** Where a connection's bytes go. It may call any method of the connection, and must not throw. */
export interface ConnectionOutput {
  /** Bytes for the peer, in order: the output's, until it releases them. */
  write(bytes: Span): void;
  /** That was all: the stream is to be ended. Called once, after the sink's `closed`. */
  end?(): void;
}

/** Who brings a connection its bytes, and can wait with that. It may call any method of the connection, and must not throw. */
export interface ConnectionInput {
  /** A Ping, to be answered by `connection.pong` when its time has come. Without it, each is answered at once. */
  pinged?(payload: Uint8Array<ArrayBuffer>): void;
  /** A message takes its time to be decoded: until `decoded()`, what is received only piles up. */
  decoding?(): void;
  decoded?(): void;
  /** Nothing is read any more. Called once, before the sink's `closed`. */
  ended?(): void;
}
