import type { ConnectionClose } from "../protocol/connection-sink.ts";
import { closeCodeOf, type ProtocolFailureCode } from "../protocol/protocol-failures.ts";

/**
 * How a socket ends: its states, and all that moves it from one to the next.
 *
 * - OPEN: messages come and go.
 * - CLOSING: our own side closed or cut it. It takes and sends nothing more and has left its room, though its connection may still
 *   be there, for `limits.closeMs` at most.
 * - CLOSED: the connection is gone. What had arrived is handed out, and then the `close` hook runs. Each hook has `limits.closeMs`
 *   to end: one that does not is given up, and what waits behind it is dropped.
 * - ENDED: the `close` hook has ended, or was given up.
 *
 * What had arrived is handed out whoever closed, unless our own side wants no more of it: then it is dropped, and the socket has
 * not closed cleanly, whatever the peer was told. An action that may bring the next event at once is the last in its list, or does
 * no harm. What a state does not list has no effect there.
 */
export const TRANSITIONS: Readonly<Record<SessionState, Partial<Record<SessionEvent, Transition>>>> = {
  OPEN: {
    CLOSE: ["CLOSING", ["dropWaiting", "leaveRoom", "readOn", "startTimer", "sendClose"]],
    DISMISS: ["CLOSING", ["leaveRoom", "readOn", "startTimer", "sendClose"]],
    FAIL: ["CLOSING", ["tellFailure", "dropWaiting", "leaveRoom", "readOn", "startTimer", "sendClose"]],
    SHED: ["CLOSING", ["tellFailure", "dropUnsent", "dropWaiting", "leaveRoom", "readOn", "startTimer", "sendClose"]],
    TERMINATE: ["CLOSING", ["dropWaiting", "leaveRoom", "readOn", "cut"]],
    LOST: ["CLOSED", ["cut", "tellFailure", "leaveRoom", "release", "runClose"]],
    GONE: ["CLOSED", ["tellFailure", "leaveRoom", "release", "runClose"]],
  },
  CLOSING: {
    CLOSE: ["CLOSING", ["dropWaiting"]],
    FAIL: ["CLOSING", ["dropWaiting"]],
    SHED: ["CLOSING", ["dropWaiting", "cut"]],
    TERMINATE: ["CLOSING", ["dropWaiting", "cut"]],
    TIMED_OUT: ["CLOSED", ["cut", "release", "runClose"]],
    LOST: ["CLOSED", ["cut", "tellFailure", "release", "runClose"]],
    GONE: ["CLOSED", ["tellFailure", "release", "runClose"]],
  },
  CLOSED: {
    CLOSE: ["CLOSED", ["dropWaiting"]],
    FAIL: ["CLOSED", ["dropWaiting"]],
    SHED: ["CLOSED", ["dropWaiting", "cut"]],
    TERMINATE: ["CLOSED", ["dropWaiting"]],
    HOOK_PENDING: ["CLOSED", ["startTimer"]],
    TIMED_OUT: ["CLOSED", ["dropWaiting", "giveUp"]],
    HOOKS_ENDED: ["ENDED", ["detach"]],
  },
  ENDED: {},
};

/** What each state is to the WHATWG WebSocket, which has no name for the last. */
export const READY_STATE_OF = { OPEN: 1, CLOSING: 2, CLOSED: 3, ENDED: 3 } as const;

export type SessionState = keyof typeof READY_STATE_OF;

/** The next state, and what is done on the way there, in this order. */
export type Transition = readonly [to: SessionState, actions: readonly SessionAction[]];

/** What moves a session from one state to another. */
export type SessionEvent =
  | "CLOSE" // Our own side closes it, and wants no more of what has arrived.
  | "DISMISS" // Our own side closes it, and still hands out what has arrived.
  | "FAIL" // The peer did what it must not.
  | "SHED" // Too much memory is held for it.
  | "TERMINATE" // Our own side cuts the connection.
  | "TIMED_OUT" // The timer ran out.
  | "LOST" // The peer does not answer Pings.
  | "GONE" // The connection has ended.
  | "HOOK_PENDING" // A hook runs that the `close` hook has to wait for, or the `close` hook itself.
  | "HOOKS_ENDED"; // The `close` hook has ended, after all others.

/** What is done then, by {@link Ending}. */
export type SessionAction =
  | "tellFailure" // Tells observers of the failure, if it is one.
  | "dropUnsent" // Forgets what has been sent and not left, as far as the runtime can.
  | "dropWaiting" // Forgets the messages that wait for a hook.
  | "leaveRoom"
  | "readOn" // Reads again, if reading had stopped: the peer's Close is behind what was not read.
  | "startTimer" // Gives the peer, or the hook that runs, `limits.closeMs`.
  | "sendClose"
  | "cut" // Ends the connection without a closing handshake.
  | "release" // Gives back what only a connection needs: its watches, its place, its signal.
  | "runClose" // Runs the `close` hook, when all before it have ended.
  | "giveUp" // Waits no longer for the hook that runs.
  | "detach"; // Leaves its room and its host, and tells those who wait for its end.

/** How a lost connection ends. */
export const LOST: ConnectionClose = { code: 1006, reason: "", wasClean: false };

/** The close that goes with a failure. */
export function closeFor(failure: ProtocolFailureCode): ConnectionClose {
  return { code: closeCodeOf(failure), reason: failure, wasClean: false, failure };
}
