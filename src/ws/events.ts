import type { CloseEvent as SocketCloseEvent } from "../core/contract/socket.ts";

/** Node 22 has no CloseEvent, and Node no ErrorEvent: an Event with their fields is the same everywhere. */
export function closeEvent({ code, reason, wasClean }: SocketCloseEvent): CloseEvent {
  return Object.assign(new Event("close"), { code, reason, wasClean });
}

/** As handlers take an error: with it as `error`. */
export function errorEvent(error: unknown): Event {
  return Object.assign(new Event("error"), { error, message: error instanceof Error ? error.message : String(error) });
}
