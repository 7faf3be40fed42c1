import type { Connection } from "../../core/protocol/connection.ts";
import { PongLimiter } from "../../core/protocol/pong-limiter.ts";
import { platform } from "../shared/platform.ts";

/** Answers a connection's Pings at the pace of {@link PongLimiter}, by a timer. */
export class PongTimer {
  readonly #pongs: PongLimiter;
  /** Ends the timer, which runs while a Ping waits for its answer. */
  #cancel: (() => void) | undefined;

  constructor(connection: Connection, perSecond: number) {
    this.#pongs = new PongLimiter(perSecond, (payload) => connection.pong(payload));
  }

  receivePing(payload: Uint8Array<ArrayBuffer>): void {
    this.#pongs.receivePing(payload, platform.now());
    this.#wait();
  }

  #wait(): void {
    const { timeout } = this.#pongs;
    if (timeout === undefined || this.#cancel) return;
    this.#cancel = platform.after(Math.max(timeout - platform.now(), 1), () => {
      this.#cancel = undefined;
      this.#pongs.handleTimeout(platform.now());
      // A timer may come a moment early by the clock.
      this.#wait();
    });
  }

  end(): void {
    this.#cancel?.();
  }
}
