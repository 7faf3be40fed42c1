import type { Clock, RoomHistory } from "./history.ts";
import { MemoryHistory } from "./memory-history.ts";
import { type MemoryHome, RoomMemory } from "./room-memory.ts";
import type { HistoryRules } from "./rules.ts";
import { type Sql, SqlHistory } from "./sql-history.ts";

/** Characters that the histories of empty rooms may have together: clients can name as many rooms as they like. */
const MOST_LEFT = 1 << 26;

/** The memory of a history beside its texts, in characters. */
const HISTORY_SIZE = 1024;

/** An empty room: since when, and the size of its history when it was measured last. */
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
  /** The empty rooms that have a history; those that were left the longest ago first. */
  readonly #left = new Map<string, Left>();
  /** The sizes of all of those together. */
  #size = 0;

  constructor(rules: HistoryRules) {
    this.rules = rules;
  }

  /** An empty one by the same rules. */
  another(): HistoryKeeper {
    return new HistoryKeeper(this.rules);
  }

  /** What a room remembers. */
  memory(room: string, home: MemoryHome): RoomMemory {
    return new RoomMemory(room, home, this);
  }

  /** The history of a room of this process. With a clock, for somebody who enters, it is made if there is none. */
  of(room: string, clock: Clock | undefined): RoomHistory | undefined {
    const known = this.#histories.get(room);
    if (!clock) return known;
    this.#unlist(room);
    this.#forget(clock.now());
    const history = known ?? new MemoryHistory(this.rules, clock);
    this.#histories.set(room, history);
    return history;
  }

  /** Something was said to a room of this process, which may be empty. */
  said(room: string): void {
    const since = this.#left.get(room)?.since;
    if (since === undefined) return;
    this.#weigh(room, since);
    this.#forget(since);
  }

  /** The last one has left a room of this process. */
  left(room: string, clock: Clock): void {
    this.#unlist(room);
    this.#weigh(room, clock.now());
    this.#forget(clock.now());
  }

  /** Measures the history of a room that has been empty since then; the room keeps its place in the order. */
  #weigh(room: string, since: number): void {
    const size = HISTORY_SIZE + (this.#histories.get(room)?.size ?? 0);
    this.#size += size - (this.#left.get(room)?.size ?? 0);
    this.#left.set(room, { since, size });
  }

  #unlist(room: string): void {
    this.#size -= this.#left.get(room)?.size ?? 0;
    this.#left.delete(room);
  }

  /** Forgets what is too old or too much. Called when somebody enters or leaves a room, or something is said to an empty one, for a timer would keep the process from ending. */
  #forget(now: number): void {
    for (const [room, { since }] of this.#left) {
      if (Math.abs(now - since) <= this.rules.ms && this.#size <= MOST_LEFT) return;
      this.#unlist(room);
      this.#histories.delete(room);
    }
  }

  /** The history of the one room that has this storage. */
  stored(sql: Sql, clock: Clock): RoomHistory {
    return new SqlHistory(this.rules, clock, sql);
  }
}
