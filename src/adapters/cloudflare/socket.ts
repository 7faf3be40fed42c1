import { unviewed } from "../../core/contract/sendable.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Session } from "../../core/session/session.ts";
import type { WorkerCloseEvent, WorkerSocket } from "./types.ts";

declare const WebSocketPair: new () => { 0: WorkerSocket; 1: WorkerSocket };

/** Two ends of one WebSocket: the client's goes out with the 101. */
export function socketPair(): { client: WorkerSocket; server: WorkerSocket } {
  const { 0: client, 1: server } = new WebSocketPair();
  return { client, server };
}

/**
 * Sends to a socket that may have gone: its close event tells, so a throw would tell nothing new.
 * workerd, 2026-11: it sends what is in shared or resizable memory when it gets to it, not what was there at the call.
 */
export function sendQuietly(socket: WorkerSocket, data: Message): void {
  try {
    socket.send(unviewed(data));
  } catch {}
}

/** Closes a socket that may be closed. 1005 and 1006 stand for a Close without a code: they can't be sent. */
export function closeQuietly(socket: WorkerSocket, code = 1005, reason = ""): void {
  try {
    if (code === 1005 || code === 1006) socket.close();
    else socket.close(code, reason);
  } catch {}
}

/** Answers the peer's Close, which a hibernatable socket does not do by itself (workerd, 2026-11), and tells the session. */
export function ended(session: Session, socket: WorkerSocket, { code, reason, wasClean }: WorkerCloseEvent): void {
  closeQuietly(socket, code, reason);
  // The reason of a 1006 is workerd's own words.
  session.closed(code, code === 1006 ? "" : reason, wasClean);
}

/**
 * Tells the session that the connection failed. After a message over 32 MiB or a protocol error workerd (2026-11) has
 * sent its Close already, and names the code in the error's text; no close event follows.
 */
export function failed(session: Session, error: unknown): void {
  session.closed(Number(/statusCode = (\d+)/.exec(String(error))?.[1] ?? 1006), "", false);
}

/** The 101 that hands the client's end of a socket over. */
export function switching(webSocket: unknown, headers: Headers = new Headers(), protocol = ""): Response {
  if (protocol) headers.set("sec-websocket-protocol", protocol);
  return new Response(null, { status: 101, webSocket, headers } as ResponseInit);
}
