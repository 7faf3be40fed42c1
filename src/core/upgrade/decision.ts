import type { Decision } from "../contract/definition.ts";
import { jsonBytes } from "../contract/state.ts";
import { checkSendable } from "../protocol/headers.ts";
import { checkWellFormed } from "../rooms/registry.ts";

/** What the route decided, overridden field by field by what the hook did; headers add up (H11). */
export function merged(route: Decision, hook: Decision): Decision {
  const { room = route.room, state = route.state, protocol = route.protocol, until = route.until } = hook;
  return { room, state, protocol, until, headers: sum(route.headers, hook.headers) };
}

function sum(first: Decision["headers"], second: Decision["headers"]): Decision["headers"] {
  if (first === undefined || second === undefined) return first ?? second;
  const headers = new Headers(first);
  for (const [name, value] of new Headers(second)) headers.append(name, value);
  return headers;
}

/** Throws a RangeError for what names no room. */
export function checkRoom(room: string): void {
  // JSON takes at most six bytes for one character, and two for the quotes.
  if (typeof room !== "string" || room === "" || (room.length > 170 && jsonBytes(room) > 1024)) {
    throw new RangeError("a room's id is a string of 1 to 1024 bytes as JSON");
  }
  checkWellFormed(room);
}

/** What a 101 may not carry from a decision or an app: the handshake's own headers, and a body's. */
const RESERVED = /^(connection|upgrade|content-(type|length|encoding)|transfer-encoding|keep-alive|sec-websocket-.*)$/;

/** Headers for the 101, of a decision or an app, added to those that are there. Throws for what are none, and what can't be sent. */
export function switchingHeaders(given: NonNullable<Decision["headers"]>, headers: Headers = new Headers()): Headers {
  for (const [name, value] of new Headers(given)) if (!RESERVED.test(name)) headers.append(name, value);
  checkSendable(headers);
  return headers;
}
