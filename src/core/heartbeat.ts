/** How dead peers are found. Where the runtime gives no protocol pings, the clients' own text `ping` is what shows life. */
export interface Heartbeat {
  /** Milliseconds between two protocol pings to a peer. Default 30 000. */
  readonly everyMs?: number | undefined;
  /** Milliseconds in which it has to answer, at most `everyMs`. Default 10 000. */
  readonly timeoutMs?: number | undefined;
}

/** A heartbeat with its defaults filled in. */
export type HeartbeatTimes = { readonly everyMs: number; readonly timeoutMs: number };

/** Undefined when it is off. Throws a RangeError for times that make no sense. */
export function heartbeatTimes(option: boolean | Heartbeat | undefined): HeartbeatTimes | undefined {
  if (!option) return undefined;
  const { everyMs = 30_000, timeoutMs = Math.min(10_000, everyMs) } = option === true ? {} : option;
  if (!(timeoutMs > 0 && timeoutMs <= everyMs && everyMs < 2 ** 31)) {
    throw new RangeError(`heartbeat: 0 < timeoutMs (${timeoutMs}) <= everyMs (${everyMs}) does not hold`);
  }
  return { everyMs, timeoutMs };
}

/** One socket's heartbeat: `visit` is called every `timeoutMs`. */
export class Pulse {
  readonly #ping: () => void;
  readonly #lost: () => void;
  readonly #visitsPerPing: number;
  #visits = 0;
  #silent = false;

  constructor(ping: () => void, lost: () => void, { everyMs, timeoutMs }: HeartbeatTimes) {
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
