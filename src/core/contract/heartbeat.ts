/** How dead peers are found. Where the runtime gives no protocol pings, the clients' own text `ping` is what shows life. */
export interface Heartbeat {
  /** Milliseconds between two protocol pings to a peer. Default 30 000. */
  readonly everyMs?: number | undefined;
  /** Milliseconds in which it has to answer, at most `everyMs`. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * All clients send the text `ping` at least every `everyMs`. A Durable Object, which can't ping, then counts the silence of
   * those too that have never sent one, ghosts among them. Default false: a client that never sends `ping` is never dropped.
   */
  readonly expectPing?: boolean | undefined;
  /**
   * Milliseconds between alarms that wake a Durable Object only to drop the silent; more than 10 000, in which it hibernates.
   * Default: none, it drops them when something else wakes it and needs its room.
   */
  readonly sweepMs?: number | undefined;
}

/** A heartbeat with its defaults filled in; `sweepMs` is Infinity for never. */
export type HeartbeatTimes = { readonly [Key in keyof Heartbeat]-?: NonNullable<Heartbeat[Key]> };

/** Undefined when it is off. Throws a RangeError for times that make no sense. */
export function heartbeatTimes(option: boolean | Heartbeat | undefined): HeartbeatTimes | undefined {
  if (!option) return undefined;
  const given = option === true ? {} : option;
  const { everyMs = 30_000, timeoutMs = Math.min(10_000, everyMs), expectPing = false, sweepMs = Infinity } = given;
  if (!(timeoutMs > 0 && timeoutMs <= everyMs && everyMs < 2 ** 31)) {
    throw new RangeError(`heartbeat: 0 < timeoutMs (${timeoutMs}) <= everyMs (${everyMs}) does not hold`);
  }
  if (!(sweepMs > 10_000)) {
    throw new RangeError(
      `heartbeat: sweepMs (${sweepMs}) must be more than 10 000, or the object would never hibernate`,
    );
  }
  return { everyMs, timeoutMs, expectPing, sweepMs };
}

/**
 * Milliseconds after which silence is too long for clients that ping by themselves. One ping may be missing: browsers slow
 * the timers of a hidden page down to once a minute.
 */
export function patienceMs({ everyMs, timeoutMs }: HeartbeatTimes): number {
  return 2 * everyMs + timeoutMs;
}

/** One socket's heartbeat: `visit` is called every `timeoutMs`. */
export class Pulse {
  readonly #ping: () => void;
  readonly #lost: () => void;
  readonly #visitsPerPing: number;
  #visits = 0;
  #silent = false;

  constructor(
    ping: () => void,
    lost: () => void,
    { everyMs, timeoutMs }: Pick<HeartbeatTimes, "everyMs" | "timeoutMs">,
  ) {
    this.#ping = ping;
    this.#lost = lost;
    this.#visitsPerPing = Math.max(1, Math.round(everyMs / timeoutMs));
  }

  /** A sign of life. */
  heard(): void {
    this.#silent = false;
  }

  /** The first visit pings; the one after a ping decides. */
  visit(): void {
    const visit = this.#visits++ % this.#visitsPerPing;
    if (this.#silent && visit === 1 % this.#visitsPerPing) {
      this.#lost();
    } else if (visit === 0) {
      this.#silent = true;
      this.#ping();
    }
  }
}
