import type { Duplex, Writable } from "node:stream";
import type { Failure } from "../../core/contract/failures.ts";
import type { NodeRequest, NodeResponse } from "./request.ts";

/** Where the openings of a server go. */
export interface OpeningSink {
  /** `othersMs`: milliseconds that other listeners have for it; undefined where there are none. `head`: what came behind its request. Never throws. */
  route(opening: Opening, othersMs?: number, head?: Uint8Array): void;
  /** Refuses what is no handshake, though it comes as one does. */
  refuse(opening: Opening, reason: Failure): void;
}

/** What the answer to an accepted handshake says. */
export interface Agreed {
  /** `Sec-WebSocket-Key`, "" over HTTP/2. */
  readonly key: string;
  /** The subprotocol, or "". */
  readonly protocol: string;
  readonly extensions: string | undefined;
  /** The decision's, if it has any. */
  readonly headers: Headers | undefined;
}

/** A request for a socket, with what each version of HTTP does in its own way. */
export interface Opening {
  readonly request: NodeRequest;
  /** What an app sees as `incoming`, made when first asked for. */
  readonly incoming: unknown;
  /** What an app sees as `outgoing`, made when first asked for; none over HTTP/2, where it could spoil what others write. */
  readonly response?: NodeResponse;
  /** What carries the frames once it is accepted. */
  readonly stream: Duplex;
  /** Whether somebody listens for the stream's errors already, and destroys it then. */
  readonly isGuarded?: boolean;
  /** Resolves when all that was asked before on this connection is answered; undefined where nothing is to be waited for. */
  readonly before?: Promise<void> | undefined;
  /** How many WebSockets its HTTP/2 connection has, this one among them; undefined over HTTP/1. */
  readonly streams?: number | undefined;
  /** Whether anybody has answered it. */
  readonly answered: boolean;
  accept(agreed: Agreed): void;
  /** Sends the head of an HTTP answer instead, and returns what its body is written to. Throws for what can't be sent. */
  begin(answer: Response): Writable;
}
