/** Does one thing at a time, in the order in which they are asked for. */
export class Turns {
  readonly #failed: (error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();

  /** `failed`: is told of each failure, whoever else is. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Resolves or rejects with what comes of it. A rejection that nobody takes is none that ends a process: it has been told. */
  take<Result>(run: () => Result | PromiseLike<Result>): Promise<Result> {
    const result = this.#last.then(run);
    this.#last = result.catch(this.#failed);
    return result;
  }

  /** Resolves when all that was asked for is done. Never rejects. */
  rest(): Promise<unknown> {
    return this.#last;
  }
}
