/** Runs async work one piece at a time, in the order of the calls. */
export class SerialQueue {
  readonly #failed: (error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();

  /** `failed`: is told of each failure, whoever else is. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Resolves or rejects with what comes of it. A rejection that nobody takes is none that ends a process: it has been told. */
  run<Result>(work: () => Result | PromiseLike<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(this.#failed);
    return result;
  }

  /** Resolves when all that was asked for is done, that too which was asked for meanwhile. Never rejects. */
  async idle(): Promise<void> {
    for (let last: unknown; last !== this.#last; await last) last = this.#last;
  }
}
