import type { Platform } from "../contract/platform.ts";
import { checkClose } from "../protocol/close.ts";
import type { Session } from "./session.ts";

/** How sockets are asked to leave. */
export interface DrainOptions {
  /** The close code. Default 1012, service restart: clients connect again. */
  readonly code?: number | undefined;
  /** The close reason. Default none. */
  readonly reason?: string | undefined;
  /** Milliseconds over which the closes are spread, so that not all clients come back at once. Default 0. */
  readonly overMs?: number | undefined;
}

/** How sockets left. */
export interface Drained {
  /** How many there were. */
  readonly sockets: number;
  /** Completed the closing handshake. */
  readonly clean: number;
  /** Were lost, or did not answer within `limits.closeMs`. */
  readonly lost: number;
}

/**
 * Closes sockets, spread over `overMs`. Resolves when all are gone and their handlers have ended, though a handler is
 * waited for no longer than `limits.closeMs`. Throws a TypeError for a code or reason that a Close may not carry.
 */
export async function drain(
  sessions: readonly Session[],
  platform: Platform,
  { code = 1012, reason = "", overMs = 0 }: DrainOptions = {},
): Promise<Drained> {
  checkClose(code, reason);
  const leaving = sessions.map((session, index) => {
    const close = () => session.close(code, reason);
    const cancel = platform.after((overMs * index) / sessions.length, close);
    return session.ended().finally(cancel);
  });
  const closes = await Promise.all(leaving);
  const clean = closes.filter(({ wasClean }) => wasClean).length;
  return { sockets: closes.length, clean, lost: closes.length - clean };
}
