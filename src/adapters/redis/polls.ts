import { platform } from "../shared/platform.ts";
import { decodeAnswer } from "./poll-messages.ts";

/** Asks all processes that have sockets in a room how many they have. */
export class Polls {
  readonly #timeoutMs: number;
  readonly #open = new Map<number, Poll>();
  #ids = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `ask` sends the question and resolves with how many processes got it. Rejects when not all of them answer in time. */
  async take(ask: (id: number) => Promise<number>): Promise<number> {
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

  /** Takes what came to the inbox. Throws when that is no answer; one that is late is none any more. */
  answered(bytes: Uint8Array): void {
    const answer = decodeAnswer(bytes);
    if (!answer) throw new Error("what came as an answer is none");
    this.#open.get(answer.id)?.add(answer.size);
  }
}

class Poll {
  readonly result: Promise<number>;
  readonly fail: (error: unknown) => void;
  readonly #settle: (sum: number) => void;
  #sum = 0;
  #answers = 0;
  /** Unknown at first: answers may come before Redis has told how many it asked. */
  #asked = Infinity;

  constructor(timeoutMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const cancel = platform.after(timeoutMs, () => reject(this.#late(timeoutMs)));
    this.result = promise.finally(cancel);
    this.#settle = resolve;
    this.fail = reject;
  }

  expect(asked: number): void {
    this.#asked = asked;
    this.#check();
  }

  add(size: number): void {
    this.#sum += size;
    this.#answers += 1;
    this.#check();
  }

  #check(): void {
    if (this.#answers >= this.#asked) this.#settle(this.#sum);
  }

  #late(timeoutMs: number): Error {
    const asked = this.#asked === Infinity ? "Redis" : `${this.#asked - this.#answers} of ${this.#asked} processes`;
    return new Error(`the room can't be counted: ${asked} did not answer within ${timeoutMs} ms`);
  }
}
