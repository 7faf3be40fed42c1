import type { Drained, DrainOptions } from "../contract/drained.ts";
import type { Platform } from "../contract/platform.ts";
import { checkClose } from "../protocol/close.ts";
import type { Session } from "./session.ts";

/**
 * Throws a TypeError for a code or reason that a Close may not carry, and a RangeError for a time that is none: before a server
 * that is told to drain refuses anybody.
 */
export function checkDrain({ code = 1012, reason = "", overMs = 0 }: DrainOptions = {}): void {
  checkClose(code, reason);
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
  const { code = 1012, reason = "", overMs = 0 } = options;
  const leaving = sessions.map((session, index) => {
    const close = () => session.dismiss(code, reason);
    const cancel = platform.after((overMs * index) / sessions.length, close);
    return session.ended().finally(cancel);
  });
  const closes = await Promise.all(leaving);
  const clean = closes.filter(({ wasClean }) => wasClean).length;
  return { sockets: closes.length, clean, lost: closes.length - clean };
}
