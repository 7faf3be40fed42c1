import { awaitable } from "../contract/thenable.ts";

/**
 * One hook at a time: the next begins when the promise that the last one returned has settled.
 * A base class rather than a part, since every open socket has one and memory per socket counts.
 */
export abstract class Turns {
  #busy = false;
  /** Changes with each hook, so that one that was given up on is known as such when it ends after all. */
  #turn = 0;
  /** What a running hook keeps waiting is there: `pump` must look when it has ended. */
  #due = false;
  /** One for all who wait: thousands of promises that hang on one another would settle by a recursion as deep. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** Begins what waits, if anything does, by `run`; says whether it did. */
  protected abstract next(): boolean;
  /** Takes what a hook threw. Never throws; what it returns never rejects. */
  protected abstract failed(error: unknown): Promise<void> | undefined;
  /** Takes what a hook threw that was given up on before. Never throws. */
  protected abstract failedLate(error: unknown): void;
  /** Nothing runs and nothing waits. */
  protected abstract rested(): void;

  /** A hook runs, or its promise is pending. */
  protected get busy(): boolean {
    return this.#busy;
  }

  /** Which hook runs, as a number that no other has. */
  get turn(): number {
    return this.#turn;
  }

  /** `busy`, for one who has to wait then: until `next` or `rested`. */
  protected occupied(): boolean {
    this.#due = this.#busy;
    return this.#busy;
  }

  /** Resolves when nothing runs and nothing waits; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (!this.occupied()) return undefined;
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  protected run<Argument>(
    hook: ((this: unknown, socket: this, argument: Argument) => unknown) | undefined,
    owner: unknown,
    argument: Argument,
  ): void {
    this.#busy = true;
    this.#turn += 1;
    let result: unknown;
    try {
      result = hook?.call(owner, this, argument);
    } catch (error) {
      result = this.failed(error);
    }
    const pending = awaitable(result);
    if (pending) this.#settle(pending, this.#turn).catch((error) => this.failedLate(error));
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
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Gives up on the hook that runs, which may never end, and hands out what waits. */
  protected giveUp(): void {
    this.#busy = false;
    this.#turn += 1;
    this.pump();
  }

  async #settle(pending: PromiseLike<unknown>, turn: number): Promise<void> {
    try {
      await pending;
    } catch (error) {
      if (turn === this.#turn) await this.failed(error);
      else this.failedLate(error);
    }
    if (turn !== this.#turn) return;
    this.#busy = false;
    this.pump();
  }
}
