import type { Platform } from "../../../core/contract/platform.ts";

/** Bytes that may wait: what is more is refused. And bytes that one call takes, unless a single message has more. */
const MOST_WAITING = 1 << 24;
const MOST_IN_CALL = 1 << 20;

/** Milliseconds before each further attempt. In each of them the platform tries again by itself, too. */
const PAUSES: readonly number[] = [50, 200, 800, 3000];

/** An item, and what settles its promise. */
interface Waiting<Item> {
  readonly item: Item;
  readonly size: number;
  readonly done: (result: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Calls another object with what is sent to it: in order, one call at a time, so that all that comes meanwhile is in the next one. A call
 * that failed on the way is made again, as it was; the other side drops what comes twice.
 */
export class CallQueue<Item> {
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
    if (!this.#isCalling) this.#start();
    return promise;
  }

  #start(): void {
    this.#isCalling = true;
    // In a later microtask, so that the call has all that is sent in this one.
    Promise.resolve()
      .then(() => this.#run())
      .catch(() => {});
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        const unreached = await this.#callUntilDone(batch.map(({ item }) => item));
        for (const [index, { done }] of batch.entries()) done(index === 0 ? unreached : 0);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isCalling = false;
  }

  #nextBatch(): readonly Waiting<Item>[] {
    let size = 0;
    const end = this.#waiting.findIndex((one, index) => {
      size += one.size;
      return index > 0 && size > MOST_IN_CALL;
    });
    const batch = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    for (const one of batch) this.#size -= one.size;
    return batch;
  }

  async #callUntilDone(items: readonly Item[]): Promise<number> {
    for (const pause of PAUSES) {
      try {
        return await this.#call(items);
      } catch (error) {
        if (!isTransient(error)) throw error;
        await new Promise<void>((resolve) => this.#platform.after(pause * (0.5 + Math.random()), resolve));
      }
    }
    return this.#call(items);
  }
}

/** Whether another attempt may succeed: not after what the other side threw by itself, nor after an overload, which more calls would make worse. */
function isTransient(error: unknown): boolean {
  const { remote, retryable, overloaded } = (error ?? {}) as Record<string, unknown>;
  return overloaded !== true && (retryable === true || remote !== true);
}
