const SECOND = 1000;

/**
 * The pace of Pongs: pings are answered, but only so many in a second; of more, the latest when the second is over. RFC 6455
 * §5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping frame(s), the
 * endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame." Times are in milliseconds of any clock.
 */
export class Pongs {
  readonly #perSecond: number;
  readonly #send: (payload: Uint8Array<ArrayBuffer>) => void;
  #answered = 0;
  /** When the second that the first of them began is over. */
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

  /** A clock that was put back begins a new second too, or nothing would be answered until it had caught up. */
  #begin(now: number): void {
    if (now < this.#until && now >= this.#until - SECOND) return;
    this.#until = now + SECOND;
    this.#answered = 0;
  }
}
