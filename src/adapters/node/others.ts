import type { AnyServer } from "./server.ts";

/**
 * Milliseconds that listeners of others have for a WebSocket that no host of ours takes. Some of them look at a database first,
 * and most do nothing at all about a path that is not theirs.
 */
export const OTHERS_MS = 5000;

/** Listeners of ours, which are heard in the turn of the event, and what we have a server ask. */
const ours = new WeakSet<object>();

/** Remembers a listener of `upgrade`, or a server's `shouldUpgradeCallback`, for one of ours. */
export function noteOurs(listener: object): void {
  ours.add(listener);
}

/** Whether it is one of ours. */
export function isOurs(listener: object): boolean {
  return ours.has(listener);
}

/** Milliseconds that all listeners of a server have for a WebSocket that one of them does not take; undefined where there is but one. */
export function othersMs(server: AnyServer): number | undefined {
  if (server.listenerCount("upgrade") < 2) return undefined;
  return server.listeners("upgrade").every(isOurs) ? 0 : OTHERS_MS;
}
