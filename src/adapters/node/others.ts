import { isOurs } from "../shared/listeners.ts";
import type { AnyServer } from "./server.ts";

/**
 * Milliseconds that listeners of others have for a WebSocket that no host of ours takes. Some of them look at a database first,
 * and most do nothing at all about a path that is not theirs.
 */
export const OTHERS_MS = 5000;

/** Milliseconds that a server's other listeners have for a WebSocket that one of them does not take; undefined where there are none. */
export function othersMs(server: AnyServer): number | undefined {
  if (server.listenerCount("upgrade") < 2) return undefined;
  return server.listeners("upgrade").every(isOurs) ? 0 : OTHERS_MS;
}
