import type { WorkerSocket } from "./cloudflare-types.ts";

declare const WebSocketPair: new () => { 0: WorkerSocket; 1: WorkerSocket };

/** Two ends of one WebSocket: the client's goes out with the 101. */
export function socketPair(): { client: WorkerSocket; server: WorkerSocket } {
  const { 0: client, 1: server } = new WebSocketPair();
  return { client, server };
}

/** Sends to a socket that may have gone: its close event tells, so a throw would tell nothing new. */
export function sendQuietly(socket: WorkerSocket, data: string | Uint8Array): void {
  try {
    socket.send(data);
  } catch {}
}

/** Closes a socket that may be closed. 1005 and 1006 stand for a Close without a code: they can't be sent. */
export function closeQuietly(socket: WorkerSocket, code = 1005, reason = ""): void {
  try {
    if (code === 1005 || code === 1006) socket.close();
    else socket.close(code, reason);
  } catch {}
}

/** A message that waits: the caller may reuse its bytes meanwhile. */
export function keep(data: string | Uint8Array<ArrayBuffer>): string | Uint8Array<ArrayBuffer> {
  return typeof data === "string" ? data : data.slice();
}
