import type { Platform } from "../contract/platform.ts";

/**
 * Answers pings, but only so many in a second; of more, the latest when the second is over. RFC 6455 §5.5.3: "If an
 * endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping frame(s), the endpoint
 * MAY elect to send a Pong frame for only the most recently processed Ping frame."
 */
export class Pongs {
  readonly #perSecond: number;
  readonly #platform: Platform;
  readonly #send: (payload: Uint8Array<ArrayBuffer>) => void;
  #answered = 0;
  #latest: Uint8Array<ArrayBuffer> | undefined;
  #stop: (() => void) | undefined;

  constructor(perSecond: number, platform: Platform, send: (payload: Uint8Array<ArrayBuffer>) => void) {
    this.#perSecond = perSecond;
    this.#platform = platform;
    this.#send = send;
  }

  answer(payload: Uint8Array<ArrayBuffer>): void {
    this.#stop ??= this.#platform.after(1000, () => this.#restart());
    if (this.#answered < this.#perSecond) this.#pong(payload);
    else this.#latest = payload;
  }

  /** Nobody waits for an answer any more. */
  end(): void {
    this.#stop?.();
  }

  #restart(): void {
    const latest = this.#latest;
    this.#stop = undefined;
    this.#latest = undefined;
    this.#answered = 0;
    if (latest) this.answer(latest);
  }

  #pong(payload: Uint8Array<ArrayBuffer>): void {
    this.#answered += 1;
    this.#send(payload);
  }
}
