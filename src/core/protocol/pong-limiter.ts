const SECOND = 1000;

/**
 * Limits the pace of Pongs: only so many Pings are answered in a second, and of more the latest when the second is over. RFC 6455
 * §5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping frame(s), the
 * endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame." Times are in milliseconds of any clock.
 */
export class PongLimiter {
  readonly #perSecond: number;
  readonly #send: (payload: Uint8Array<ArrayBuffer>) => void;
  #answered = 0;
  /** When the second is over that began with the first of those. */
  #until = -Infinity;
  #latest: Uint8Array<ArrayBuffer> | undefined;

  constructor(perSecond: number, send: (payload: Uint8Array<ArrayBuffer>) => void) {
    this.#perSecond = perSecond;
    this.#send = send;
  }

  /** Answers a Ping that came at `now`, or keeps it until `timeout`. */
  receivePing(payload: Uint8Array<ArrayBuffer>, now: number): void {
    this.#begin(now);
    if (this.#answered < this.#perSecond) {
      this.#answered += 1;
      this.#send(payload);
    } else {
      this.#latest = payload;
    }
  }

  /** When `handleTimeout` is to be called; undefined when no Ping waits. */
  get timeout(): number | undefined {
    return this.#latest && this.#until;
  }

  /** Answers the Ping that waits, if its time has come. */
  handleTimeout(now: number): void {
    const latest = this.#latest;
    if (!latest || now < this.#until) return;
    this.#latest = undefined;
    this.receivePing(latest, now);
  }

  /** Begins another second if one is over. Also when the clock was put back, or nothing would be answered until it had caught up. */
  #begin(now: number): void {
    if (now < this.#until && now >= this.#until - SECOND) return;
    this.#until = now + SECOND;
    this.#answered = 0;
  }
}
