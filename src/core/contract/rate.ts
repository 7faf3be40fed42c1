import type { Limits } from "./limits.ts";

/**
 * How many messages a socket may still send: as many as `limits.messagesPerSecond` at once, and so many more with each second. It
 * knows only when they are read, so time in which nothing is read counts as well.
 */
export class Rate {
  readonly #perSecond: number;
  #left: number;
  #at: number;
  #unread = false;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = now;
  }

  /** Counts a message that came now, in milliseconds; false when it is one too many. */
  count(now: number): boolean {
    const earned = (Math.max(0, now - this.#at) * this.#perSecond) / 1000;
    const most = this.#unread ? Infinity : Math.max(this.#perSecond, this.#left);
    this.#left = Math.min(most, this.#left + earned);
    this.#at = now;
    this.#unread = false;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Nothing was read for a while: what the peer has sent meanwhile comes all at once. */
  resumed(): void {
    this.#unread = true;
  }
}

/** Makes what counts a socket's messages from `now` on; undefined where there is no limit. */
export function rateOf({ messagesPerSecond }: Limits): ((now: number) => Rate) | undefined {
  return messagesPerSecond === Infinity ? undefined : (now) => new Rate(messagesPerSecond, now);
}
