import type { Socket } from "../core/contract/socket.ts";
import type { Transport } from "../core/contract/transport.ts";

/** workerd, 2026-11: an object hibernates after 10 seconds in which no timer was pending. */
const EVERY_MS = 5_000;

/** Keeps a Durable Object awake while the socket is open, by a timer; does nothing elsewhere, where no socket sleeps. */
export function keepAwake(socket: Socket): void {
  const { transport } = socket as { transport?: Transport };
  transport?.stayAwake?.();
  if (!transport?.save) return;
  const timer = setInterval(() => {
    if (socket.signal.aborted) clearInterval(timer);
  }, EVERY_MS);
  socket.signal.addEventListener("abort", () => clearInterval(timer));
}
