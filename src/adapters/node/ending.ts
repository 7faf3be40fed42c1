import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Ends our side, and reads on without listening: closing with unread input would be a reset, which can overtake
 * what was just written. A peer that never ends its side is cut off after `ms`.
 */
export function endSoon(socket: Duplex, ms: number): void {
  // To end one that is gone makes an error, with its stack, and the timer would keep it: 15 % of what a lost peer costs.
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => cut(socket), ms);
  // A stream of HTTP/2 goes by itself when both sides have ended.
  socket.once("end", () => (socket as Partial<NetSocket>).destroySoon?.());
  socket.once("close", () => clearTimeout(timer));
}

/** CANCEL of RFC 9113 §7. */
const CANCEL = 8;

/** Ends a stream at once. To a stream of HTTP/2, RST_STREAM with CANCEL is what a reset is to TCP (RFC 8441 §5). */
export function cut(socket: Duplex): void {
  (socket as { close?(code: number): void }).close?.(CANCEL);
  socket.destroy();
}
