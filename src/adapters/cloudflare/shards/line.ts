import type { Platform } from "../../../core/contract/platform.ts";

/** What waits may take so much memory; what is more is refused, and so is what one call may have besides one message. */
const MOST_WAITING = 1 << 24;
const MOST_IN_CALL = 1 << 20;

/** Milliseconds before each further attempt. The platform makes some of its own in each. */
const PAUSES: readonly number[] = [50, 200, 800, 3000];

interface Waiting<Item> {
  readonly item: Item;
  readonly size: number;
  readonly done: (result: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The way from one object to another: in order, one call at a time, so that all that comes meanwhile is in the next one. What could not be
 * called is called again, as it was; the other side knows what comes twice.
 */
export class Line<Item> {
  readonly #call: (items: readonly Item[]) => Promise<number>;
  readonly #platform: Platform;
  #waiting: Waiting<Item>[] = [];
  #size = 0;
  #isCalling = false;

  /** `call`: resolves when the other side has done it, with how many of them it could not hand on. */
  constructor(call: (items: readonly Item[]) => Promise<number>, platform: Platform) {
    this.#call = call;
    this.#platform = platform;
  }

  /**
   * Resolves when the other side has it, with the number of all that were handed over with it and not handed on; for all but the first of
   * them with 0. Rejects when it could not be reached. `size`: in bytes, about.
   */
  send(item: Item, size = 0): Promise<number> {
    if (this.#size + size > MOST_WAITING && this.#waiting.length > 0)
      return Promise.reject(new RangeError(`more than ${MOST_WAITING} bytes wait for another object of the room`));
    this.#size += size;
    const promise = new Promise<number>((done, failed) => this.#waiting.push({ item, size, done, failed }));
    if (!this.#isCalling) this.#begin();
    return promise;
  }

  #begin(): void {
    this.#isCalling = true;
    // With all that is sent in this turn.
    Promise.resolve()
      .then(() => this.#run())
      .catch(() => {});
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        const unreached = await this.#persist(batch.map(({ item }) => item));
        for (const [index, { done }] of batch.entries()) done(index === 0 ? unreached : 0);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isCalling = false;
  }

  #take(): readonly Waiting<Item>[] {
    let size = 0;
    const end = this.#waiting.findIndex((one, index) => {
      size += one.size;
      return index > 0 && size > MOST_IN_CALL;
    });
    const batch = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    for (const one of batch) this.#size -= one.size;
    return batch;
  }

  async #persist(items: readonly Item[]): Promise<number> {
    for (const pause of PAUSES) {
      try {
        return await this.#call(items);
      } catch (error) {
        if (!mayPass(error)) throw error;
        await new Promise<void>((resolve) => this.#platform.after(pause * (0.5 + Math.random()), resolve));
      }
    }
    return this.#call(items);
  }
}

/** Not what the other side threw by itself, nor an overload, which more calls would make worse. */
function mayPass(error: unknown): boolean {
  const { remote, retryable, overloaded } = (error ?? {}) as Record<string, unknown>;
  return overloaded !== true && (retryable === true || remote !== true);
}
