import { platform } from "../platform.ts";

/** Who is asked, for the words of a poll that fails. */
export interface PollWords {
  /** Who tells which processes are asked, such as `NATS`. */
  readonly engine: string;
  /** What these are to the one who asks, such as `other processes`. */
  readonly processes: string;
}

/** Those that have to answer, or where the engine does not know who they are, their number. */
type Asked<Id> = ReadonlySet<Id> | number;

/** Asks processes how many sockets they have in a room. `Id`: what the engine knows a process by. */
export class Polls<Id> {
  readonly #timeoutMs: number;
  readonly #words: PollWords;
  readonly #open = new Map<number, Poll<Id>>();
  #ids = 0;

  constructor(timeoutMs: number, words: PollWords) {
    this.#timeoutMs = timeoutMs;
    this.#words = words;
  }

  /** `ask` sends the question and resolves with who has to answer it. Rejects when not all of them do in time. */
  poll(ask: (id: number) => Promise<Asked<Id>>): Promise<number> {
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

  /** Takes an answer; one that is late is dropped. */
  answered(id: number, from: Id, size: number): void {
    this.#open.get(id)?.add(from, size);
  }

  /** A process that leaves takes its sockets with it. */
  gone(from: Id): void {
    for (const poll of this.#open.values()) poll.add(from, 0);
  }
}

/** One count. */
class Poll<Id> {
  readonly result: Promise<number>;
  readonly fail: (error: unknown) => void;
  readonly #settle: (sum: number) => void;
  readonly #words: PollWords;
  readonly #sizes = new Map<Id, number>();
  /** Unknown at first: answers may come before it is known who was asked. */
  #asked: Asked<Id> | undefined;

  constructor(timeoutMs: number, words: PollWords) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const cancel = platform.after(timeoutMs, () => reject(this.#late(timeoutMs)));
    this.#words = words;
    this.result = promise.finally(cancel);
    this.#settle = resolve;
    this.fail = reject;
  }

  expect(asked: Asked<Id>): void {
    this.#asked = asked;
    this.#check();
  }

  add(from: Id, size: number): void {
    this.#sizes.set(from, size);
    this.#check();
  }

  #check(): void {
    if (this.#asked === undefined || silentOf(this.#asked, this.#sizes) > 0) return;
    const sizes =
      typeof this.#asked === "number" ? this.#sizes.values() : [...this.#asked].map((id) => this.#sizes.get(id)!);
    this.#settle([...sizes].reduce((sum, size) => sum + size, 0));
  }

  #late(timeoutMs: number): Error {
    const { engine, processes } = this.#words;
    const asked = this.#asked;
    const silent =
      asked === undefined
        ? engine
        : `${silentOf(asked, this.#sizes)} of ${typeof asked === "number" ? asked : asked.size} ${processes}`;
    return new Error(`the room can't be counted: ${silent} did not answer within ${timeoutMs} ms`);
  }
}

/** How many of those that were asked have not answered. */
function silentOf<Id>(asked: Asked<Id>, sizes: ReadonlyMap<Id, number>): number {
  return typeof asked === "number" ? asked - sizes.size : [...asked].filter((id) => !sizes.has(id)).length;
}
