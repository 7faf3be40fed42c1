/**
 * The states of a connection after its opening handshake (RFC 6455 §7.1), named as the WHATWG WebSocket's readyState. Each comes once, and
 * never an earlier one again:
 *
 * - OPEN: both sides may send. Our Close makes it CLOSING, for a side "MUST NOT send any more data frames after
 *   sending a Close frame" (§5.5.1).
 * - CLOSING: we sent a Close and wait for the peer's. Frames are still read; messages are not delivered.
 * - CLOSED: the peer's Close came (and ours went, if it had not), the connection failed, or the stream ended. Nothing
 *   is read or sent any more, and the TCP stream is to be ended.
 */
export type ConnectionState = "OPEN" | "CLOSING" | "CLOSED";
