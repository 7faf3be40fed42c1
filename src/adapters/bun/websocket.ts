import { failure } from "../../core/contract/failures.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import { consoleObserver } from "../shared/console.ts";
import type { BunSocket, BunWebSocketHandler } from "../shared/runtime-types.ts";
import { type BunTransport, MARK } from "./transport.ts";

/** The `websocket` of a server whose app uses `sockets()`. Any message over 16 MiB closes with 1009. */
export const websocket: BunWebSocketHandler = {
  // Of the whole server: the session enforces what each definition allows.
  maxPayloadLength: 1 << 24,
  // Bun 1.4.5 (2026-11) drops messages silently past this limit; the session closes at `limits.bufferedBytes`.
  backpressureLimit: 2 ** 31 - 1,
  // Seconds. Bun 1.4.5 (2026-11) pings shortly before it, and only cuts a peer that does not answer.
  idleTimeout: 30,
  open: openWith(consoleObserver),
  message: (socket, data) => transportOf(socket)?.session?.receiveMessage(data),
  pong: (socket) => transportOf(socket)?.session?.receivePong(),
  drain: (socket) => transportOf(socket)?.flushed(),
  close: (socket, code, reason) => transportOf(socket)?.ended(code, reason),
};

/**
 * The `open` of a server's `websocket`. A socket that another helper has upgraded has no handlers here: it is closed, and `observe` is told;
 * what its client goes on to send is dropped.
 */
export function openWith(observe: Observer): (socket: BunSocket) => void {
  return (socket) => {
    const transport = transportOf(socket);
    if (transport) return transport.opened(socket);
    socket.close(1011, "INTERNAL");
    tell(observe, { type: "warning", definition: "", failure: failure("RUNTIME_REFUSED", ANOTHER_HELPER) });
  };
}

/**
 * What a host of ours gave a socket as its `data`; undefined for a socket of another helper. Told by its mark, not by its class: under
 * `bun --hot` the sockets of the code before are open still, and their events come to the `websocket` of the new code.
 */
function transportOf({ data }: BunSocket): BunTransport | undefined {
  return (data as Partial<BunTransport> | null | undefined)?.mark === MARK ? (data as BunTransport) : undefined;
}

const ANOTHER_HELPER =
  "a socket was upgraded by another helper, whose handlers this websocket does not know: import upgradeWebSocket from onesocket/hono";
