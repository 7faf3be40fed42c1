import { numbered, type Remembered, type RoomHistory } from "../../../core/history/history.ts";
import type { Position } from "../../../core/rpc/wire.ts";
import type { Directory, LastSaid } from "./directory.ts";

/** The history of a room of several objects: one for all of them, and whatever is told twice is in it once. */
export class ShardLog {
  readonly #history: RoomHistory;
  readonly #directory: Directory;
  /** By shard, what it said last and is not in the directory yet. */
  readonly #last = new Map<number, LastSaid>();

  constructor(history: RoomHistory, directory: Directory) {
    this.#history = history;
    this.#directory = directory;
  }

  /**
   * What a shard says, with its place. `nth`: of those that it has said in this life. What comes again is of the last call, whose places follow one
   * another, since one call is handled at once.
   */
  number(said: Remembered, shard: number, life: string, nth: number): readonly [text: string, at: Position] {
    const last = this.#last.get(shard) ?? this.#directory.lastSaid(shard);
    if (last?.life === life && nth <= last.nth) {
      const at: Position = [this.#history.at[0], last.offset - (last.nth - nth)];
      return [numbered(said.text, at), at];
    }
    const text = this.#history.add(said.text, { topic: said.topic, except: said.except });
    const { at } = this.#history;
    this.#last.set(shard, { life, nth, offset: at[1] });
    return [text, at];
  }

  /** A call has been handled: stores what the shards said last. */
  keep(): void {
    for (const [shard, last] of this.#last) this.#directory.keepSaid(shard, last);
    this.#last.clear();
  }
}
