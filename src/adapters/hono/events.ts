import type { Message, CloseEvent as SocketCloseEvent } from "../../core/contract/socket.ts";

/** Binary data is an ArrayBuffer, as with most of Hono's helpers, or a Blob if `ws.binaryType` asks for one. */
export function messageEvent(data: Message, binaryType: BinaryType): MessageEvent<string | ArrayBuffer | Blob> {
  const binary = (bytes: Uint8Array<ArrayBuffer>) => (binaryType === "blob" ? new Blob([bytes]) : bytes.buffer);
  return new MessageEvent("message", { data: typeof data === "string" ? data : binary(data) });
}

/** Node 22 has no CloseEvent, and Node no ErrorEvent: an Event with their fields is the same everywhere. */
export function closeEvent({ code, reason, wasClean }: SocketCloseEvent): CloseEvent {
  return Object.assign(new Event("close"), { code, reason, wasClean });
}

/** As Hono's handlers take what a hook threw: with it as `error`. */
export function errorEvent(error: unknown): Event {
  return Object.assign(new Event("error"), { error, message: error instanceof Error ? error.message : String(error) });
}
