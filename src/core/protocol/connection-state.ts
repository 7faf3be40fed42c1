/**
 * The states of a connection after its opening handshake, and all that moves it (RFC 6455 §7.1):
 *
 * - OPEN: both sides may send. Our Close makes it CLOSING, for a side "MUST NOT send any more data frames after
 *   sending a Close frame" (§5.5.1).
 * - CLOSING: we sent a Close and wait for the peer's. Frames are still read; messages are not delivered.
 * - CLOSED: the peer's Close came (and ours went, if it had not), the connection failed, or the stream ended. Nothing
 *   is read or sent any more, and the TCP stream is to be ended.
 *
 * What a state does not list has no effect there.
 */
export const TRANSITIONS: Readonly<Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>>> = {
  OPEN: { CLOSE_SENT: "CLOSING", CLOSE_RECEIVED: "CLOSED", FAILED: "CLOSED", ENDED: "CLOSED" },
  CLOSING: { CLOSE_RECEIVED: "CLOSED", FAILED: "CLOSED", ENDED: "CLOSED" },
  CLOSED: {},
};

/** The names are those of the WHATWG WebSocket's readyState. */
export type ConnectionState = "OPEN" | "CLOSING" | "CLOSED";

/** What moves a connection from one state to another. */
export type ConnectionEvent = "CLOSE_SENT" | "CLOSE_RECEIVED" | "FAILED" | "ENDED";
