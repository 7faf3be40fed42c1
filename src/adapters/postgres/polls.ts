import { platform } from "../shared/platform.ts";

/** Asks all processes how many sockets they have in a room. Each is known by the number of its server process. */
export class Polls {
  readonly #timeoutMs: number;
  readonly #open = new Map<number, Poll>();
  #ids = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `ask` sends the question and resolves with who is asked. Rejects when not all of them answer in time. */
  take(ask: (id: number) => Promise<readonly number[]>): Promise<number> {
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

  /** One that is late is no answer any more. */
  answered(pid: number, { id, size }: Answer): void {
    this.#open.get(id)?.add(pid, size);
  }
}

/** What a process answers. */
export interface Answer {
  readonly id: number;
  readonly size: number;
}

/** The answer that a text is. Throws for one that is none: anybody may notify in PostgreSQL. */
export function decodeAnswer(payload: string): Answer {
  const [, id, size] = /^(\d{1,15})\.(\d{1,15})$/.exec(payload) ?? [];
  if (size === undefined) throw new Error("what came as an answer is none");
  return { id: Number(id), size: Number(size) };
}

export function encodeAnswer({ id, size }: Answer): string {
  return `${id}.${size}`;
}

/** Asks for the sizes of a channel. */
export interface Question {
  readonly id: number;
  readonly channel: string;
}

/** The question that a text is. Throws for one that is none. */
export function decodeQuestion(payload: string): Question {
  const [, id, channel] = /^(\d{1,15})\.(.+)$/.exec(payload) ?? [];
  if (channel === undefined) throw new Error("what came as a question is none");
  return { id: Number(id), channel };
}

export function encodeQuestion({ id, channel }: Question): string {
  return `${id}.${channel}`;
}

class Poll {
  readonly result: Promise<number>;
  readonly fail: (error: unknown) => void;
  readonly #settle: (sum: number) => void;
  readonly #sizes = new Map<number, number>();
  /** Unknown at first: answers may come before PostgreSQL has told who was asked. */
  #asked: readonly number[] | undefined;

  constructor(timeoutMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const cancel = platform.after(timeoutMs, () => reject(this.#late(timeoutMs)));
    this.result = promise.finally(cancel);
    this.#settle = resolve;
    this.fail = reject;
  }

  expect(asked: readonly number[]): void {
    this.#asked = asked;
    this.#check();
  }

  add(pid: number, size: number): void {
    this.#sizes.set(pid, size);
    this.#check();
  }

  #check(): void {
    if (!this.#asked || this.#missing(this.#asked) > 0) return;
    this.#settle(this.#asked.reduce((sum, pid) => sum + this.#sizes.get(pid)!, 0));
  }

  #missing(asked: readonly number[]): number {
    return asked.filter((pid) => !this.#sizes.has(pid)).length;
  }

  #late(timeoutMs: number): Error {
    const asked = this.#asked;
    const who = asked ? `${this.#missing(asked)} of ${asked.length} processes` : "PostgreSQL";
    return new Error(`the room can't be counted: ${who} did not answer within ${timeoutMs} ms`);
  }
}
