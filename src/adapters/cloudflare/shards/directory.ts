import type { Sql } from "../../../core/history/sql-history.ts";

const CREATE = [
  "CREATE TABLE IF NOT EXISTS onesocket_shards (shard INTEGER PRIMARY KEY, missed INTEGER)",
  "CREATE TABLE IF NOT EXISTS onesocket_said (shard INTEGER PRIMARY KEY, life TEXT, nth INTEGER, offset INTEGER)",
];

/** What a shard has said to the history last: the nth of a life, and where it is there. */
export interface LastSaid {
  readonly life: string;
  readonly nth: number;
  readonly offset: number;
}

/**
 * Which shards of a room have members, in the storage of its first object: a row is written when a shard gets its first member, and one when its
 * last has gone.
 */
export class Directory {
  readonly #sql: Sql;
  /** How many messages each of them has not been brought. */
  readonly #missed = new Map<number, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const query of CREATE) sql.exec(query);
    for (const { shard, missed } of sql.exec("SELECT shard, missed FROM onesocket_shards"))
      this.#missed.set(shard as number, missed as number);
  }

  get shards(): readonly number[] {
    return [...this.#missed.keys()];
  }

  has(shard: number): boolean {
    return this.#missed.has(shard);
  }

  /** A shard has members, or none. */
  note(shard: number, members: boolean): void {
    if (members === this.has(shard)) return;
    if (members) this.#set(shard, 0);
    else this.#forget(shard);
  }

  #set(shard: number, missed: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO onesocket_shards VALUES (?, ?)", shard, missed);
    this.#missed.set(shard, missed);
  }

  #forget(shard: number): void {
    this.#sql.exec("DELETE FROM onesocket_shards WHERE shard = ?", shard);
    this.#missed.delete(shard);
  }

  missedBy(shard: number): number {
    return this.#missed.get(shard) ?? 0;
  }

  /** A shard could not be brought a message. That is stored, for the shard has to be told whenever it can be reached again. */
  miss(shard: number): void {
    const missed = this.#missed.get(shard);
    if (missed === 0) this.#set(shard, 1);
    else if (missed !== undefined) this.#missed.set(shard, missed + 1);
  }

  /** A shard was told how much it has missed. */
  told(shard: number): void {
    if (this.missedBy(shard) > 0) this.#set(shard, 0);
  }

  /** What a shard has said last. */
  lastSaid(shard: number): LastSaid | undefined {
    const [last] = this.#sql.exec("SELECT life, nth, offset FROM onesocket_said WHERE shard = ?", shard);
    return last as unknown as LastSaid | undefined;
  }

  /** Stores it, so that what a shard sends again is not said twice. */
  keepSaid(shard: number, { life, nth, offset }: LastSaid): void {
    this.#sql.exec("INSERT OR REPLACE INTO onesocket_said VALUES (?, ?, ?, ?)", shard, life, nth, offset);
  }
}
