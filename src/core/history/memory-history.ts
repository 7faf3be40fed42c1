import type { Position } from "../rpc/wire.ts";
import { type Audience, type Clock, numbered, type Remembered, RoomHistory } from "./history.ts";
import type { HistoryRules } from "./rules.ts";

/** A history in this process's memory. */
export class MemoryHistory extends RoomHistory {
  readonly #rules: HistoryRules;
  readonly #clock: Clock;
  readonly #epoch: string;
  /** The latest notifications, without a gap; those that were forgotten are undefined until the list is compacted. */
  #said: ((Remembered & { readonly when: number }) | undefined)[] = [];
  #forgotten = 0;
  #size = 0;
  #offset = 0;

  constructor(rules: HistoryRules, clock: Clock) {
    super();
    this.#rules = rules;
    this.#clock = clock;
    this.#epoch = clock.randomId();
  }

  get at(): Position {
    return [this.#epoch, this.#offset];
  }

  /** Characters of the texts that it remembers. */
  get size(): number {
    return this.#size;
  }

  add(said: string, audience: Audience): string {
    this.#offset += 1;
    const text = numbered(said, this.at);
    this.#said.push({ ...audience, text, when: this.#clock.now() });
    this.#size += text.length;
    this.#forget();
    return text;
  }

  protected since(offset: number): readonly Remembered[] | undefined {
    this.#forget();
    const missed = this.#offset - offset;
    if (missed < 0 || missed > this.#said.length - this.#forgotten) return undefined;
    return this.#said.slice(this.#said.length - missed) as Remembered[];
  }

  /** Forgets what is too old or too much. */
  #forget(): void {
    const { messages, ms, size } = this.#rules;
    const now = this.#clock.now();
    for (let oldest = this.#said[this.#forgotten]; oldest; oldest = this.#said[this.#forgotten]) {
      const count = this.#said.length - this.#forgotten;
      // What was said in the future was said before somebody set the clock back: how long ago, nobody knows.
      if (count <= messages && Math.abs(now - oldest.when) <= ms && this.#size <= size) break;
      this.#size -= oldest.text.length;
      this.#said[this.#forgotten] = undefined;
      this.#forgotten += 1;
    }
    // Not each time, so that a steady history does not cost a copy per message.
    if (this.#forgotten > messages || this.#forgotten === this.#said.length) this.#compact();
  }

  #compact(): void {
    this.#said.splice(0, this.#forgotten);
    this.#forgotten = 0;
  }
}
