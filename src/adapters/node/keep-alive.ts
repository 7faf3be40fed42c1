import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";

/** Milliseconds of silence after which TCP asks whether the peer is still there. */
const KEEP_ALIVE_MS = 60_000;

/** Has TCP ask: what a socket without a heartbeat needs, and what Node waits for a request on. A stream of HTTP/2 has a connection that does. */
export function keepAlive(stream: Duplex): void {
  (stream as Partial<NetSocket>).setKeepAlive?.(true, KEEP_ALIVE_MS);
}
