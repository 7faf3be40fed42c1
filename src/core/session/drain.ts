import type { Drained, DrainOptions } from "../contract/drained.ts";
import { checkNames } from "../contract/option-names.ts";
import type { Platform } from "../contract/platform.ts";
import { finished } from "../contract/thenable.ts";
import { checkClose } from "../protocol/close.ts";
import type { Session } from "./session.ts";

/**
 * Throws a TypeError for a code or reason that a Close may not carry, and a RangeError for a time that is none: before a server
 * that is told to drain refuses anybody.
 */
export function checkDrain(options: DrainOptions = {}): void {
  checkNames(options, ["code", "reason", "overMs", "progress"] satisfies (keyof DrainOptions)[], "drain");
  const { code = 1012, reason = "", overMs = 0, progress } = options;
  checkClose(code, reason);
  if (progress !== undefined && typeof progress !== "function") throw new TypeError("progress is a function");
  if (!(overMs >= 0 && overMs < 2 ** 31)) throw new RangeError(`overMs is 0 to 2147483647 milliseconds, not ${overMs}`);
}

/**
 * Closes sockets, spread over `overMs`. What had arrived from them is handed out to their handlers. Resolves when all are gone and their handlers have ended, though a handler is
 * waited for no longer than `limits.closeMs`. Rejects for what `checkDrain` throws.
 */
export async function drain(
  sessions: readonly Session[],
  platform: Platform,
  options: DrainOptions = {},
): Promise<Drained> {
  checkDrain(options);
  const { code = 1012, reason = "", overMs = 0, progress } = options;
  const left = new Set<Session>(sessions);
  const failures: unknown[] = [];
  const leaving = sessions.map(async (session, index) => {
    const close = () => session.dismiss(code, reason);
    const cancel = platform.after((overMs * index) / sessions.length, close);
    const event = await session.ended();
    cancel();
    left.delete(session);
    await finished((async () => progress?.(left))(), (error) => failures.push(error));
    return event;
  });
  const closes = await Promise.all(leaving);
  await rested(sessions, platform);
  if (failures.length > 0) throw failures[0];
  const clean = closes.filter(({ wasClean }) => wasClean).length;
  return { sockets: closes.length, clean, lost: closes.length - clean };
}

/** What follows in rooms when everybody has left is waited for, each for no longer than a socket's handler. */
async function rested(sessions: readonly Session[], platform: Platform): Promise<void> {
  const rooms = new Map(sessions.map(({ room, definition }) => [room, definition.limits.closeMs]));
  const waits = [...rooms].map(([room, ms]) => {
    const hooks = room.rested();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = hooks && platform.after(ms, resolve);
    return hooks && Promise.race([hooks, promise]).finally(cancel);
  });
  await Promise.all(waits);
}
