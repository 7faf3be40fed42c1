import type { Drained, DrainOptions } from "../contract/drained.ts";
import { checkNames } from "../contract/option-names.ts";
import type { Platform } from "../contract/platform.ts";
import { checkClose } from "../protocol/close.ts";
import type { Session } from "./session.ts";

/** {@link DrainOptions} that make sense, with every default filled in. */
export interface CheckedDrain {
  readonly code: number;
  readonly reason: string;
  readonly overMs: number;
  readonly progress: DrainOptions["progress"];
}

/**
 * Throws a TypeError for a code or reason that a Close may not carry, and a RangeError for a time that is none: before a server
 * that is told to drain refuses anybody.
 */
export function checkDrain(options: DrainOptions = {}): CheckedDrain {
  checkNames(options, ["code", "reason", "overMs", "progress"] satisfies (keyof DrainOptions)[], "drain");
  const { code = 1012, reason = "", overMs = 0, progress } = options;
  checkClose(code, reason);
  if (progress !== undefined && typeof progress !== "function") throw new TypeError("progress is a function");
  if (!(overMs >= 0 && overMs < 2 ** 31)) throw new RangeError(`overMs is 0 to 2147483647 milliseconds, not ${overMs}`);
  return { code, reason, overMs, progress };
}

/**
 * Closes sockets, spread over `overMs`, and hands out what had arrived from them. Resolves when all are gone and their hooks have ended,
 * though a hook is waited for no longer than `limits.closeMs`. Rejects then with what `progress` threw.
 */
export async function drain(
  sessions: readonly Session[],
  platform: Platform,
  { code, reason, overMs, progress }: CheckedDrain,
): Promise<Drained> {
  const left = new Set<Session>(sessions);
  const leaving = sessions.map(async (session, index) => {
    const cancel = platform.after((overMs * index) / sessions.length, () => session.dismiss(code, reason));
    const event = await session.ended();
    cancel();
    left.delete(session);
    await progress?.(left);
    return event;
  });
  await Promise.allSettled(leaving);
  await roomHooksEnded(sessions, platform);
  const closes = await Promise.all(leaving);
  const clean = closes.filter(({ wasClean }) => wasClean).length;
  return { sockets: closes.length, clean, lost: closes.length - clean };
}

/** Resolves when the hooks of the sockets' rooms have ended; each room's are waited for no longer than a socket's. */
async function roomHooksEnded(sessions: readonly Session[], platform: Platform): Promise<void> {
  const rooms = new Map(sessions.map(({ room, definition }) => [room, definition.limits.closeMs]));
  const waits = [...rooms].map(([room, ms]) => {
    const hooks = room.hooksEnded();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = hooks && platform.after(ms, resolve);
    return hooks && Promise.race([hooks, promise]).finally(cancel);
  });
  await Promise.all(waits);
}
