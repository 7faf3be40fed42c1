import type { Sql } from "../history/sql-history.ts";
import { type Alarm, retryMs } from "./alarm.ts";
import { asked } from "./sql-storage.ts";

/** A Durable Object's storage, as far as its alarm is concerned. Its class may have them wrapped, and see what is its own. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(at: number, options?: { readonly allowUnconfirmed: boolean }): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** What an alarm is told that rings, as workerd does. */
export interface Invocation {
  /** How often it has failed before. */
  readonly retryCount: number;
  readonly isRetry: boolean;
  /** Milliseconds since 1970. */
  readonly scheduledTime: number;
}

/** Whose alarm it is: the room's hook's, that of what watches the object's sockets, or the class's own. */
export type AlarmOwner = "room" | "sockets" | "class";

/** Does what an owner wants of its alarm. When it throws, or rejects, it rings again. */
export type Ring = (invocation: Invocation) => unknown;

/** When an owner's alarm is to ring, and how often it has failed before. */
interface Row {
  readonly owner: AlarmOwner;
  readonly at: number;
  readonly retries: number;
}

const CREATE = "CREATE TABLE IF NOT EXISTS onesocket_alarms (owner TEXT PRIMARY KEY, at INTEGER, retries INTEGER)";

/**
 * Shares the one alarm of a Durable Object between several, each of whom finds it as if it were its own, and has it ring again as the platform would. When
 * each is due is kept in SQLite. A failure is not the platform's to know: it would run the others again, too.
 */
export class ObjectAlarm {
  readonly #storage: AlarmStorage & { readonly sql: Sql };
  readonly #now: () => number;
  /** The platform's own, before anybody wrapped it. */
  readonly #arm: (at: number) => Promise<void>;
  readonly #disarm: () => Promise<void>;
  /** Whose ring now, and are not to be seen as set. */
  readonly #ringing = new Map<AlarmOwner, number>();
  /** For when the platform's alarm is set; unknown after a wake. */
  #armed: number | null | undefined;

  /** `now`: milliseconds since 1970. */
  constructor(storage: AlarmStorage & { readonly sql: Sql }, now: () => number) {
    const { setAlarm, deleteAlarm } = storage;
    this.#storage = storage;
    this.#now = now;
    // Not confirmed, or what awaits nothing would wait for the disk all the same.
    this.#arm = (at) => setAlarm.call(storage, at, { allowUnconfirmed: true });
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

  /** The platform's alarm rings: runs those that are due, and sets it for the next. `failed`: is told of what an owner throws. */
  async ring(rings: Readonly<Record<AlarmOwner, Ring | undefined>>, failed: (error: unknown) => void): Promise<void> {
    for (const row of this.#dueRows()) await this.#run(row, rings[row.owner], failed);
    this.#armed = undefined;
    await this.#rearm();
  }

  /** What is due; where nothing is, it was set past us: by the class in a transaction, or before the definition had an alarm. */
  #dueRows(): readonly Row[] {
    const [rows, now] = [this.#rows(), this.#now()];
    const due = rows.filter(({ at }) => at <= now);
    if (due.length > 0) return due;
    const owners: AlarmOwner[] = rows.length > 0 ? ["sockets"] : ["sockets", "class"];
    return owners.map((owner) => ({ owner, at: now, retries: 0 }));
  }

  /** It is forgotten when it has been done, not before: the object may end meanwhile. One that was set meanwhile stands. */
  async #run({ owner, at, retries }: Row, ring: Ring | undefined, failed: (error: unknown) => void): Promise<void> {
    let next: number | undefined;
    this.#ringing.set(owner, at);
    try {
      await ring?.({ retryCount: retries, isRetry: retries > 0, scheduledTime: at });
    } catch (error) {
      next = retryMs(retries);
      failed(error);
    }
    this.#ringing.delete(owner);
    if (next === undefined) this.#ask("DELETE FROM onesocket_alarms WHERE owner = ? AND at = ?", owner, at);
    else this.#again({ owner, at, retries }, this.#now() + next);
  }

  #again({ owner, at, retries }: Row, next: number): void {
    this.#ask(
      "UPDATE onesocket_alarms SET at = ?, retries = ? WHERE owner = ? AND at = ?",
      next,
      retries + 1,
      owner,
      at,
    );
  }

  #get(owner: AlarmOwner): number | undefined {
    return this.#rows().find((row) => row.owner === owner)?.at;
  }

  #set(owner: AlarmOwner, time: number): Promise<void> {
    // Another than the one that rings, which is known by its time.
    const at = Math.ceil(time) + (Math.ceil(time) === this.#ringing.get(owner) ? 1 : 0);
    this.#ask("INSERT OR REPLACE INTO onesocket_alarms VALUES (?, ?, 0)", owner, at);
    return this.#rearm();
  }

  #clear(owner: AlarmOwner): Promise<void> {
    this.#ask("DELETE FROM onesocket_alarms WHERE owner = ? AND at IS NOT ?", owner, this.#ringing.get(owner) ?? null);
    return this.#rearm();
  }

  /** Sets the platform's alarm for the next of all, if it is not so set. */
  async #rearm(): Promise<void> {
    const next = this.#rows()[0]?.at ?? null;
    if (next === this.#armed) return;
    this.#armed = next;
    await (next === null ? this.#disarm() : this.#arm(next));
  }

  /** All that are set, the next first. */
  #rows(): readonly Row[] {
    const rows = this.#ask("SELECT owner, at, retries FROM onesocket_alarms ORDER BY at") as unknown as readonly Row[];
    return rows.filter(({ owner, at }) => this.#ringing.get(owner) !== at);
  }

  #ask(query: string, ...bindings: (string | number | null)[]): Record<string, unknown>[] {
    return asked(this.#storage.sql, CREATE, query, ...bindings);
  }
}
