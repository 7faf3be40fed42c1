import type { Sql } from "../history/sql-history.ts";
import { type Alarm, MOST_RETRIES } from "./alarm.ts";
import { asked } from "./sql-storage.ts";

/** A Durable Object's storage, as far as its alarm is concerned. Its class may have them wrapped, and see what is its own. */
export interface AlarmStorage {
  getAlarm(...options: never[]): Promise<number | null>;
  setAlarm(at: number | { getTime(): number }, ...options: never[]): Promise<void>;
  deleteAlarm(...options: never[]): Promise<void>;
}

/** What workerd tells of an alarm that rings. */
export interface Invocation {
  readonly retryCount: number;
  readonly scheduledTime?: number;
}

/** Whose alarm it is: the room's hook's, that of what watches the object's sockets, or the class's own. */
export type AlarmOwner = "room" | "sockets" | "class";

/** Does what an owner wants of its alarm. What it throws, or rejects with, makes it ring again. */
export type Ring = (invocation: Invocation) => unknown;

const CREATE = "CREATE TABLE IF NOT EXISTS onesocket_alarms (owner TEXT PRIMARY KEY, at INTEGER)";

/** Shares the one alarm of a Durable Object between several, each of whom finds it as if it were its own. When each rings is kept in SQLite. */
export class ObjectAlarm {
  readonly #storage: AlarmStorage;
  readonly #sql: Sql;
  readonly #now: () => number;
  /** The platform's own, before anybody wrapped it. */
  readonly #arm: (at: number) => Promise<void>;
  readonly #disarm: () => Promise<void>;
  /** Whose ring now, and are not to be seen as set. */
  readonly #ringing = new Map<AlarmOwner, number>();
  /** For when the platform's alarm is set; unknown after a wake. */
  #armed: number | null | undefined;

  constructor(storage: AlarmStorage, sql: Sql, now: () => number) {
    const { setAlarm, deleteAlarm } = storage;
    this.#storage = storage;
    this.#sql = sql;
    this.#now = now;
    // Not confirmed, or what awaits nothing would wait for the disk all the same.
    this.#arm = (at) => setAlarm.call(storage, at, { allowUnconfirmed: true } as never);
    this.#disarm = () => deleteAlarm.call(storage);
  }

  /** One owner's own alarm. */
  of(owner: AlarmOwner): Alarm {
    return {
      get: () => this.#get(owner),
      set: (at) => this.#set(owner, at),
      clear: () => this.#clear(owner),
    };
  }

  /** The storage as an owner may have it. */
  view(owner: AlarmOwner): AlarmStorage {
    return {
      getAlarm: async () => this.#get(owner) ?? null,
      setAlarm: async (at) => this.#set(owner, Number(at)),
      deleteAlarm: async () => this.#clear(owner),
    };
  }

  /** Lets the object's class have an alarm of its own: what it sets in its storage from now on is that, and nobody else's. */
  lend(): void {
    Object.assign(this.#storage, this.view("class"));
  }

  /**
   * The platform's alarm rings: runs those that are due, and sets it for the next. Rejects with what one of them failed with, so that
   * the platform lets it ring again; the one that it no longer does this for is given up.
   */
  async ring(invocation: Invocation, rings: Readonly<Partial<Record<AlarmOwner, Ring>>>): Promise<void> {
    const failures: unknown[] = [];
    for (const [owner, at] of this.#due(invocation)) {
      try {
        await this.#run(owner, at, () => rings[owner]?.(invocation));
      } catch (error) {
        failures.push(error);
        if (invocation.retryCount >= MOST_RETRIES) this.#forget(owner, at);
      }
    }
    this.#armed = undefined;
    if (failures.length > 0 && invocation.retryCount < MOST_RETRIES) throw failures[0];
    await this.#rearm();
  }

  /** What is due; where nothing is, it was set past us: by the class in a transaction, or before the definition had an alarm. */
  #due({ scheduledTime = 0 }: Invocation): [AlarmOwner, number][] {
    const now = Math.max(this.#now(), scheduledTime);
    const due = this.#ask("SELECT owner, at FROM onesocket_alarms WHERE at <= ? ORDER BY at", now);
    if (due.length === 0)
      return [
        ["sockets", Number.NaN],
        ["class", Number.NaN],
      ];
    return due.map(({ owner, at }) => [owner as AlarmOwner, Number(at)]);
  }

  /** It is forgotten when it has been done, not before: the object may end meanwhile. */
  async #run(owner: AlarmOwner, at: number, ring: () => unknown): Promise<void> {
    this.#ringing.set(owner, at);
    try {
      await ring();
      this.#forget(owner, at);
    } finally {
      this.#ringing.delete(owner);
    }
  }

  #forget(owner: AlarmOwner, at: number): void {
    if (!Number.isNaN(at)) this.#ask("DELETE FROM onesocket_alarms WHERE owner = ? AND at = ?", owner, at);
  }

  #get(owner: AlarmOwner): number | undefined {
    const [row] = this.#ask("SELECT at FROM onesocket_alarms WHERE owner = ?", owner);
    return row && row.at !== this.#ringing.get(owner) ? Number(row.at) : undefined;
  }

  #set(owner: AlarmOwner, at: number): Promise<void> {
    // Another than the one that rings, which is forgotten by its time.
    const other = at === this.#ringing.get(owner) ? at + 1 : at;
    this.#ask("INSERT OR REPLACE INTO onesocket_alarms VALUES (?, ?)", owner, Math.ceil(other));
    return this.#rearm();
  }

  #clear(owner: AlarmOwner): Promise<void> {
    this.#ask("DELETE FROM onesocket_alarms WHERE owner = ?", owner);
    return this.#rearm();
  }

  /** Sets the platform's alarm for the next of all, if it is not so set. */
  async #rearm(): Promise<void> {
    const [row] = this.#ask("SELECT min(at) AS next FROM onesocket_alarms");
    const next = (row?.next ?? null) as number | null;
    if (next === this.#armed) return;
    this.#armed = next;
    await (next === null ? this.#disarm() : this.#arm(next));
  }

  #ask(query: string, ...bindings: (string | number)[]): Record<string, unknown>[] {
    return asked(this.#sql, CREATE, query, ...bindings);
  }
}
