import type { Clock, RoomHistory } from "./history.ts";
import { MemoryHistory } from "./memory-history.ts";
import type { HistoryRules } from "./rules.ts";
import { type Sql, SqlHistory } from "./sql-history.ts";

/**
 * The histories of one definition's rooms. Those in this process whose room nobody is in are kept for as long as what is in them: their
 * last member may come back.
 */
export class HistoryKeeper {
  readonly #rules: HistoryRules;
  readonly #histories = new Map<string, RoomHistory>();
  /** When each room was left that nobody is in; the longest ago first. */
  readonly #left = new Map<string, number>();

  constructor(rules: HistoryRules) {
    this.#rules = rules;
  }

  /** One by the same rules, which knows nothing yet. */
  another(): HistoryKeeper {
    return new HistoryKeeper(this.#rules);
  }

  /** The history of a room of this process. With a clock for one who enters the room; undefined for others, where there is none. */
  of(room: string, clock: Clock | undefined): RoomHistory | undefined {
    const known = this.#histories.get(room);
    if (!clock) return known;
    this.#left.delete(room);
    this.#forget(clock.now());
    const history = known ?? new MemoryHistory(this.#rules, clock);
    this.#histories.set(room, history);
    return history;
  }

  /** The last one has left a room of this process. */
  left(room: string, clock: Clock): void {
    this.#left.set(room, clock.now());
    this.#forget(clock.now());
  }

  /** No timer, which would keep a process from ending: whoever enters or leaves a room looks for those that are over. */
  #forget(now: number): void {
    for (const [room, since] of this.#left) {
      if (now - since <= this.#rules.ms) return;
      this.#left.delete(room);
      this.#histories.delete(room);
    }
  }

  /** The history of the one room that has this storage. */
  stored(sql: Sql, clock: Clock): RoomHistory {
    return new SqlHistory(this.#rules, clock, sql);
  }
}
