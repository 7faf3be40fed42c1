import { platform } from "../platform.ts";

/** Who is asked, for the words of a poll that fails. */
export interface Asked {
  /** Who tells which processes are asked, such as `NATS`. */
  readonly engine: string;
  /** What these are to the one who asks, such as `other processes`. */
  readonly processes: string;
}

/** Asks processes how many sockets they have in a room. `Id`: what the engine knows a process by. */
export class Polls<Id> {
  readonly #timeoutMs: number;
  readonly #words: Asked;
  readonly #open = new Map<number, Poll<Id>>();
  #ids = 0;

  constructor(timeoutMs: number, words: Asked) {
    this.#timeoutMs = timeoutMs;
    this.#words = words;
  }

  /** `ask` sends the question and resolves with who has to answer it. Rejects when not all of them do in time. */
  take(ask: (id: number) => Promise<ReadonlySet<Id>>): Promise<number> {
    this.#ids += 1;
    const id = this.#ids;
    const poll = new Poll<Id>(this.#timeoutMs, this.#words);
    this.#open.set(id, poll);
    ask(id).then(
      (asked) => poll.expect(asked),
      (error) => poll.fail(error),
    );
    return poll.result.finally(() => this.#open.delete(id));
  }

  /** An answer that is late is none any more. */
  answered(id: number, from: Id, size: number): void {
    this.#open.get(id)?.add(from, size);
  }

  /** A process that leaves takes its sockets with it. */
  gone(from: Id): void {
    for (const poll of this.#open.values()) poll.add(from, 0);
  }
}

class Poll<Id> {
  readonly result: Promise<number>;
  readonly fail: (error: unknown) => void;
  readonly #settle: (sum: number) => void;
  readonly #words: Asked;
  readonly #sizes = new Map<Id, number>();
  /** Unknown at first: answers may come before it is known who was asked. */
  #asked: ReadonlySet<Id> | undefined;

  constructor(timeoutMs: number, words: Asked) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const cancel = platform.after(timeoutMs, () => reject(this.#late(timeoutMs)));
    this.#words = words;
    this.result = promise.finally(cancel);
    this.#settle = resolve;
    this.fail = reject;
  }

  expect(asked: ReadonlySet<Id>): void {
    this.#asked = asked;
    this.#check();
  }

  add(from: Id, size: number): void {
    this.#sizes.set(from, size);
    this.#check();
  }

  #check(): void {
    if (!this.#asked || this.#silent(this.#asked) > 0) return;
    this.#settle([...this.#asked].reduce((sum, id) => sum + (this.#sizes.get(id) ?? 0), 0));
  }

  #silent(asked: ReadonlySet<Id>): number {
    return [...asked].filter((id) => !this.#sizes.has(id)).length;
  }

  #late(timeoutMs: number): Error {
    const { engine, processes } = this.#words;
    const silent = this.#asked ? `${this.#silent(this.#asked)} of ${this.#asked.size} ${processes}` : engine;
    return new Error(`the room can't be counted: ${silent} did not answer within ${timeoutMs} ms`);
  }
}
