import type { Failure } from "./failures.ts";
import type { ProtocolFailureCode } from "./protocol-failures.ts";

/** Something that the operator of a server may want to know. */
export type SocketEvent =
  /** A handshake was refused: why, and for whom. */
  | { readonly type: "refused"; readonly failure: Failure; readonly definition: string }
  /** A handshake was accepted, though something about it is odd. */
  | { readonly type: "warning"; readonly failure: Failure; readonly definition: string }
  /** An open connection failed, and was closed because of it. */
  | {
      readonly type: "failed";
      readonly code: ProtocolFailureCode;
      readonly definition: string;
      readonly socket: string;
    }
  /** The user's code threw, and no `error` hook dealt with it. */
  | { readonly type: "error"; readonly error: unknown; readonly definition: string; readonly socket?: string };

/** Receives events. It must not throw; what it throws is dropped. */
export type Observer = (event: SocketEvent) => void;

/** Tells the observer, whose own mistakes never reach a socket. */
export function tell(observe: Observer, event: SocketEvent): void {
  try {
    observe(event);
  } catch {}
}
