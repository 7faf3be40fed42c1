import type { ClientFailure } from "./failures.ts";
import type { Settings } from "./options.ts";

/**
 * What to do after an ending. `stop`: the server does not want this client. `retry`: the usual, growing waits. `spread`: soon, but not
 * all clients at once. `peace`: it refuses, and asking often changes nothing.
 */
export type Next = "stop" | "retry" | "spread" | "peace";

/**
 * Close codes decide (RFC 6455 §7.4.1, and the registry that it opens). 1000: the socket has done what it was for. 1001, 1012: going away,
 * restarting. 1008: against the server's policy. 3000 is unauthorized, to which what is `fresh` may be an answer; 3003 is forbidden. 4000 to
 * 4999 are the application's own. What was never open is refused by its HTTP status, as far as that is known.
 */
export function nextAfter(
  { closeCode, code, status }: ClientFailure,
  fresh: boolean,
  retryOn: readonly number[],
): Next {
  if (code === "BAD_URL") return fresh ? "peace" : "stop";
  if (!closeCode) return status === 401 || status === 403 ? "peace" : "retry";
  if (closeCode === 1001 || closeCode === 1012) return "spread";
  if (retryOn.includes(closeCode) || (closeCode === 3000 && fresh)) return "retry";
  return STOP.includes(closeCode) || closeCode >= 4000 ? "stop" : "retry";
}

const STOP: readonly number[] = [1000, 1008, 3000, 3003];

/**
 * Milliseconds to wait after the `n`th ending in a row, from 0. `random`: from 0 to 1. Full jitter, as in "Exponential Backoff And
 * Jitter" (AWS, 2015): clients that failed together do not come back together.
 */
export function waitMs(
  next: Exclude<Next, "stop">,
  n: number,
  random: number,
  { firstMs, longestMs, spreadMs }: Settings,
): number {
  if (next === "peace") return ((1 + random) * longestMs) / 2;
  const first = next === "spread" ? spreadMs : firstMs;
  return random * Math.min(Math.max(longestMs, first), first * 2 ** n);
}
