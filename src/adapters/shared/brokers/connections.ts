import type { BrokerEvent } from "../../../core/contract/observer.ts";
import type { Publication, PublishQueue } from "./publish-queue.ts";
import { sleep } from "./time.ts";

/** Milliseconds between two attempts to connect. */
export const RETRY_MS = 500;
/** Milliseconds from a connection that was got back to the first publish on it: by then other processes are back, too. */
export const RETURN_MS = 1000;
/** Milliseconds that a broker which is closed gives to what was published, and then to its connection. */
export const CLOSE_MS = 1000;

/** An engine, as those connect to it that keep one connection. */
export interface Engine<Sent extends Publication> {
  readonly queue: PublishQueue<Sent>;
  /** One connection, from the attempt to its end. Rejects when it could not be had, or is lost, or closed with the broker. */
  connect(): Promise<never>;
  /** The words of an error that lasts until somebody changes something; "" for an outage. */
  lastingReason(error: unknown): string;
  /** Milliseconds that the engine is left in peace for after this error, though its connection was there before. Default: none. */
  pauseMs?(error: unknown): number;
  tell(event: BrokerEvent): void;
}

/** A broker's connections, one after the other, until it is closed. */
export class Connections<Sent extends Publication = Publication> {
  readonly #engine: Engine<Sent>;
  readonly #closing = new AbortController();
  readonly #reasons = new Set<string>();
  #ended: Promise<void> | undefined;
  #isDown = false;

  constructor(engine: Engine<Sent>) {
    this.#engine = engine;
  }

  /** Aborts when the broker is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** There was no connection before the one that is being made, or it was lost. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Makes the first. */
  start(): void {
    this.#ended = this.#run().catch((error) => this.#engine.tell({ state: "lost", error }));
  }

  async #run(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      try {
        await this.#engine.connect();
      } catch (error) {
        if (!signal.aborted) this.#tellLost(error);
        // At once when it was there: much is published in half a second.
        const ms = this.#engine.pauseMs?.(error) || (this.#isDown ? RETRY_MS : 0);
        if (ms > 0) await sleep(ms, signal);
        this.#isDown = true;
      }
      this.tellDropped();
    }
  }

  /** The engine can be reached. */
  connected(): void {
    this.#isDown = false;
    this.#engine.tell({ state: "connected" });
  }

  /** Tells of what was dropped since this was last called, if anything was. */
  tellDropped(): void {
    const dropped = this.#engine.queue.takeDropped();
    if (dropped) this.#engine.tell({ state: "dropped", ...dropped });
  }

  /** Ends the last. `isFlowing`: what was published leaves, and is waited for. `farewell`: called before the connection ends. */
  async close(isFlowing: boolean, farewell = (): void => {}): Promise<void> {
    const { queue } = this.#engine;
    if (isFlowing) await Promise.race([queue.emptied(), sleep(CLOSE_MS, this.signal)]);
    farewell();
    this.#closing.abort();
    await this.#ended;
    queue.dropAll();
    this.tellDropped();
  }

  /** Once for each outage, and once more for each reason that lasts until somebody changes something. */
  #tellLost(error: unknown): void {
    const reason = this.#engine.lastingReason(error);
    if (!this.#isDown) this.#reasons.clear();
    else if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#engine.tell({ state: "lost", error });
  }
}
