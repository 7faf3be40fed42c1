import type { BrokerEvent } from "../../../core/contract/observer.ts";
import type { Outbox } from "./outbox.ts";
import { sleep } from "./time.ts";

/** Milliseconds between two attempts to connect. */
export const RETRY_MS = 500;

/** What a broker does about its connections. */
export interface Outaged {
  /** Aborts when the broker is closed. */
  readonly signal: AbortSignal;
  readonly outbox: Pick<Outbox, "takeDropped">;
  /** One connection, from the attempt to its end. Rejects when it could not be had, or is lost, or closed with the broker. */
  hold(): Promise<never>;
  /** The words of an error that lasts until somebody changes something; "" for an outage. */
  lastingReason(error: unknown): string;
  /** Milliseconds that the engine is left in peace for after this error, though its connection was there before. Default: none. */
  pauseMs?(error: unknown): number;
  tell(event: BrokerEvent): void;
}

/** How a broker's connections follow one another. */
export class Outages {
  readonly #outaged: Outaged;
  readonly #reasons = new Set<string>();
  #isDown = false;

  constructor(outaged: Outaged) {
    this.#outaged = outaged;
  }

  /** There was no connection before the one that is being made, or it was lost. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Resolves when the broker is closed. */
  async run(): Promise<void> {
    const { signal } = this.#outaged;
    while (!signal.aborted) {
      try {
        await this.#outaged.hold();
      } catch (error) {
        if (!signal.aborted) this.#tellLost(error);
        // At once when it was there: much is published in half a second.
        const ms = this.#outaged.pauseMs?.(error) || (this.#isDown ? RETRY_MS : 0);
        if (ms > 0) await sleep(ms, signal);
        this.#isDown = true;
      }
      this.tellDropped();
    }
  }

  /** The engine can be reached. */
  over(): void {
    this.#isDown = false;
    this.#outaged.tell({ state: "connected" });
  }

  /** Tells of what was dropped since this was last called, if anything was. */
  tellDropped(): void {
    const dropped = this.#outaged.outbox.takeDropped();
    if (dropped) this.#outaged.tell({ state: "dropped", ...dropped });
  }

  /** Once for each outage, and once more for each reason that lasts until somebody changes something. */
  #tellLost(error: unknown): void {
    const reason = this.#outaged.lastingReason(error);
    if (!this.#isDown) this.#reasons.clear();
    else if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#outaged.tell({ state: "lost", error });
  }
}
