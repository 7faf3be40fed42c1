import { awaitable } from "../contract/thenable.ts";

/**
 * One hook at a time: the next begins when the promise that the last one returned has settled.
 * A base class rather than a part, since every open socket has one and memory per socket counts.
 */
export abstract class Turns {
  #busy = false;
  /** What a running hook keeps waiting is there: `pump` must look when it has ended. */
  #due = false;
  #idle: (() => void) | undefined;

  /** Begins what waits, if anything does, by `run`; says whether it did. */
  protected abstract next(): boolean;
  /** Takes what a hook threw. Never throws; what it returns never rejects. */
  protected abstract failed(error: unknown): Promise<void> | undefined;
  /** Nothing runs and nothing waits. */
  protected abstract rested(): void;

  /** A hook runs, or its promise is pending. */
  protected get busy(): boolean {
    return this.#busy;
  }

  /** `busy`, for one who has to wait then: until `next` or `rested`. */
  protected occupied(): boolean {
    this.#due = this.#busy;
    return this.#busy;
  }

  /** Resolves when nothing runs and nothing waits; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (!this.occupied()) return undefined;
    const before = this.#idle;
    return new Promise((resolve) => {
      this.#idle = () => {
        before?.();
        resolve();
      };
    });
  }

  protected run<Argument>(
    hook: ((this: unknown, socket: this, argument: Argument) => unknown) | undefined,
    owner: unknown,
    argument: Argument,
  ): void {
    this.#busy = true;
    let result: unknown;
    try {
      result = hook?.call(owner, this, argument);
    } catch (error) {
      result = this.failed(error);
    }
    const pending = awaitable(result);
    if (pending) this.#settle(pending);
    else this.#busy = false;
  }

  /** A hook that nothing waited for has returned. Mostly nothing came meanwhile, and a look at all that could have is saved. */
  protected ran(): void {
    if (this.#due) this.pump();
  }

  /** Hands out what waits, as long as hooks return synchronously. */
  protected pump(): void {
    while (!this.#busy && this.next());
    if (this.#busy) return;
    this.#due = false;
    this.rested();
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.();
  }

  async #settle(result: PromiseLike<unknown>): Promise<void> {
    try {
      await result;
    } catch (error) {
      await this.failed(error);
    }
    this.#busy = false;
    this.pump();
  }
}
