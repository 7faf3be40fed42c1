import { platform } from "../shared/platform.ts";

/** Asks all processes how many sockets they have in a room. */
export class Polls {
  readonly #timeoutMs: number;
  readonly #open = new Map<number, Poll>();
  #ids = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `ask` sends the question and resolves with who has to answer it. Rejects when not all of them do in time. */
  take(ask: (id: number) => Promise<ReadonlySet<string>>): Promise<number> {
    this.#ids += 1;
    const id = this.#ids;
    const poll = new Poll(this.#timeoutMs);
    this.#open.set(id, poll);
    ask(id).then(
      (asked) => poll.expect(asked),
      (error) => poll.fail(error),
    );
    return poll.result.finally(() => this.#open.delete(id));
  }

  /** An answer that is late is none any more. */
  answered(id: number, from: string, size: number): void {
    this.#open.get(id)?.add(from, size);
  }

  /** A process that leaves takes its sockets with it. */
  gone(from: string): void {
    for (const poll of this.#open.values()) poll.add(from, 0);
  }
}

class Poll {
  readonly result: Promise<number>;
  readonly fail: (error: unknown) => void;
  readonly #settle: (sum: number) => void;
  readonly #sizes = new Map<string, number>();
  /** Unknown at first: answers may come before it is known who was asked. */
  #asked: ReadonlySet<string> | undefined;

  constructor(timeoutMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const cancel = platform.after(timeoutMs, () => reject(this.#late(timeoutMs)));
    this.result = promise.finally(cancel);
    this.#settle = resolve;
    this.fail = reject;
  }

  expect(asked: ReadonlySet<string>): void {
    this.#asked = asked;
    this.#check();
  }

  add(from: string, size: number): void {
    this.#sizes.set(from, size);
    this.#check();
  }

  #check(): void {
    if (!this.#asked || this.#silent(this.#asked) > 0) return;
    this.#settle([...this.#sizes.values()].reduce((sum, size) => sum + size, 0));
  }

  #silent(asked: ReadonlySet<string>): number {
    return [...asked].filter((id) => !this.#sizes.has(id)).length;
  }

  #late(timeoutMs: number): Error {
    const silent = this.#asked ? `${this.#silent(this.#asked)} of ${this.#asked.size} other processes` : "NATS";
    return new Error(`the room can't be counted: ${silent} did not answer within ${timeoutMs} ms`);
  }
}
