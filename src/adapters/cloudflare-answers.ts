import type { SocketDefinition } from "../core/definition.ts";
import { type Failure, failureResponse } from "../core/failures.ts";
import { type Observer, tell } from "../core/observer.ts";

/** The 101 that hands the client's end of a socket over. */
export function switching(webSocket: unknown, headers: Headers = new Headers(), protocol = ""): Response {
  if (protocol) headers.set("sec-websocket-protocol", protocol);
  return new Response(null, { status: 101, webSocket, headers } as ResponseInit);
}

/** A failure's answer; the observer is told. */
export function refused(definition: SocketDefinition, observe: Observer, reason: Failure): Response {
  tell(observe, { type: "refused", failure: reason, definition: definition.name });
  return failureResponse(reason, definition.failures);
}
