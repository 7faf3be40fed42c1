import type { Place } from "../contract/capacity.ts";
import type { Refusal, SocketDefinition } from "../contract/definition.ts";
import { failure, failureResponse } from "../contract/failures.ts";
import { type EventBody, type Observer, tellBoth } from "../contract/observer.ts";
import type { Transport } from "../contract/transport.ts";
import { liveRoom } from "../rooms/registry.ts";
import type { SessionHost } from "../session/host.ts";
import { Session } from "../session/session.ts";
import type { Snapshot } from "../session/snapshot.ts";
import type { Handshake } from "./validate.ts";

/** A socket that may be opened now. */
export interface Acceptance {
  readonly kind: "accept";
  readonly definition: SocketDefinition;
  readonly handshake: Handshake;
  readonly snapshot: Snapshot;
  /** For the 101, none if there are none: most handshakes, and a `Headers` costs much. */
  readonly headers: Headers | undefined;
  /** Reserved for it, where sockets are counted: the session takes it, or whoever gives the decision up releases it. */
  readonly place: Place | undefined;
  /** What observers are told when it is carried out; undefined where none wants to know. */
  readonly event: EventBody | undefined;
}

/** A socket that is opened to be closed with a code. */
export interface RefusedOpen extends Omit<Acceptance, "kind"> {
  readonly kind: "refuse";
  readonly refusal: Refusal;
}

/** A decision to answer with 101 Switching Protocols. */
export type Switching = Acceptance | RefusedOpen;

/** An HTTP answer instead of a socket. */
export interface Answer {
  readonly kind: "answer";
  readonly response: Response;
}

/** The client has left, or was answered before: nobody waits for an answer. */
export interface Gone {
  readonly kind: "gone";
}

/** What becomes of an attempt. */
export type Outcome = Switching | Answer | Gone;

/** Whether it is answered by a 101. */
export function isSwitching(outcome: Outcome): outcome is Switching {
  return outcome.kind === "accept" || outcome.kind === "refuse";
}

/** Tells observers that it is carried out. */
export function announce({ definition, event }: Switching, observe: Observer): void {
  if (event) tellBoth(definition, observe, event);
}

/** What is sent instead of a 101. Where the client has gone that is 499, which never leaves the process. */
export function responseOf(outcome: Answer | Gone): Response {
  return outcome.kind === "answer" ? outcome.response : failureResponse(failure("CLIENT_GONE"));
}

/** Gives back what an outcome holds, unless its socket is there by now. For every way out, however many of them. */
export function release(outcome: Outcome | undefined): void {
  if (outcome?.kind === "accept") outcome.place?.release();
}

/**
 * Does what was decided about a socket whose connection is open. Returns the session, whose `opened` is yet to be called; none for a
 * refusal, which is closed with its code.
 */
export function openSession(decided: Switching, transport: Transport, host: SessionHost): Session | undefined {
  const { definition, snapshot, place } = decided;
  if (decided.kind === "accept") {
    const session = new Session(definition, snapshot, liveRoom(definition, snapshot.room), transport, host, place);
    host.joined?.(session);
    return session;
  }
  transport.close(decided.refusal.code, decided.refusal.reason);
  return undefined;
}
