import type { Clock, RoomHistory } from "./history.ts";
import { MemoryHistory } from "./memory-history.ts";
import { type MemoryHome, RoomMemory } from "./room-memory.ts";
import type { HistoryRules } from "./rules.ts";
import { type Sql, SqlHistory } from "./sql-history.ts";

/** Characters that the histories of rooms which nobody is in may have together, or as many rooms as come and go would fill the memory. */
const MOST_LEFT = 1 << 26;

/** What one costs beside its characters. */
const HISTORY_SIZE = 1024;

/** A history that nobody is there for: since when, and its size as it was last seen. */
interface Left {
  readonly since: number;
  readonly size: number;
}

/**
 * The histories of one definition's rooms. Those in this process whose room nobody is in are kept for as long as what is in them, for their
 * last member may come back; and no more than 64 Mi characters of them, those that were left last.
 */
export class HistoryKeeper {
  readonly rules: HistoryRules;
  readonly #histories = new Map<string, MemoryHistory>();
  /** Of rooms that nobody is in; those that were left the longest ago first. */
  readonly #left = new Map<string, Left>();
  /** Of all that were left. */
  #size = 0;

  constructor(rules: HistoryRules) {
    this.rules = rules;
  }

  /** One by the same rules, which knows nothing yet. */
  another(): HistoryKeeper {
    return new HistoryKeeper(this.rules);
  }

  /** What a room remembers. */
  memory(room: string, home: MemoryHome): RoomMemory {
    return new RoomMemory(room, home, this);
  }

  /** The history of a room of this process. With a clock for one who enters the room; undefined for others, where there is none. */
  of(room: string, clock: Clock | undefined): RoomHistory | undefined {
    const known = this.#histories.get(room);
    if (!clock) {
      this.#weigh(room, this.#left.get(room)?.since);
      return known;
    }
    this.#unlist(room);
    this.#forget(clock.now());
    const history = known ?? new MemoryHistory(this.rules, clock);
    this.#histories.set(room, history);
    return history;
  }

  /** The last one has left a room of this process. */
  left(room: string, clock: Clock): void {
    this.#unlist(room);
    this.#weigh(room, clock.now());
    this.#forget(clock.now());
  }

  /** Counts what a room has that nobody is in since then, in the place that it has among the others. */
  #weigh(room: string, since: number | undefined): void {
    if (since === undefined) return;
    const size = HISTORY_SIZE + (this.#histories.get(room)?.size ?? 0);
    this.#size += size - (this.#left.get(room)?.size ?? 0);
    this.#left.set(room, { since, size });
  }

  #unlist(room: string): void {
    this.#size -= this.#left.get(room)?.size ?? 0;
    this.#left.delete(room);
  }

  /** No timer, which would keep a process from ending: whoever enters or leaves a room looks for those that are over. */
  #forget(now: number): void {
    for (const [room, { since }] of this.#left) {
      if (now - since <= this.rules.ms && this.#size <= MOST_LEFT) return;
      this.#unlist(room);
      this.#histories.delete(room);
    }
  }

  /** The history of the one room that has this storage. */
  stored(sql: Sql, clock: Clock): RoomHistory {
    return new SqlHistory(this.rules, clock, sql);
  }
}
