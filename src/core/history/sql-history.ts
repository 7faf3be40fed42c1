import type { Position } from "../rpc/wire.ts";
import { type Audience, type Clock, numbered, type Remembered, RoomHistory } from "./history.ts";
import type { HistoryRules } from "./rules.ts";

/** SQLite that answers at once, as a Durable Object has it. */
export interface Sql {
  exec(query: string, ...bindings: (string | number | null)[]): Iterable<Record<string, unknown>>;
}

/** Characters of one notification that are kept; a row takes 2 MB, and a character is up to three bytes. */
const MOST_CHARACTERS = 600_000;

const CREATE =
  "CREATE TABLE IF NOT EXISTS onesocket_history (slot INTEGER PRIMARY KEY, offset INTEGER, said INTEGER, topic TEXT, except_id TEXT, text TEXT)";

/** What was said in the future was said before somebody set the clock back: how long ago, nobody knows. */
const SINCE = "FROM onesocket_history WHERE slot > 0 AND offset > ?1 AND abs(said - ?2) <= ?3";

/**
 * A history in SQLite, which outlives the memory of who writes it. Its table is a ring: a notification takes the place of the one that is
 * forgotten for it, so that each costs one row written. In the place 0 is the epoch.
 */
export class SqlHistory extends RoomHistory {
  readonly #rules: HistoryRules;
  readonly #clock: Clock;
  readonly #sql: Sql;
  #at: Position | undefined;

  constructor(rules: HistoryRules, clock: Clock, sql: Sql) {
    super();
    this.#rules = rules;
    this.#clock = clock;
    this.#sql = sql;
  }

  get at(): Position {
    this.#at ??= this.#open();
    return this.#at;
  }

  add(said: string, audience: Audience): string {
    const before = this.at;
    try {
      return this.#insert(said, audience, before);
    } catch {
      // Somebody may have emptied the storage under it: then another history begins, or it fails as before.
      this.#at = undefined;
      return this.#insert(said, audience, this.at);
    }
  }

  #insert(said: string, { topic, except }: Audience, [epoch, last]: Position): string {
    const offset = last + 1;
    const text = numbered(said, [epoch, offset]);
    const kept = text.length <= Math.min(this.#rules.size, MOST_CHARACTERS) ? text : null;
    this.#sql.exec(
      "INSERT INTO onesocket_history VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (slot) DO UPDATE SET offset = ?2, said = ?3, topic = ?4, except_id = ?5, text = ?6",
      ...[1 + (offset % this.#rules.messages), offset, this.#clock.now(), topic ?? null, except ?? null, kept],
    );
    this.#at = [epoch, offset];
    return text;
  }

  protected since(offset: number): readonly Remembered[] | undefined {
    const [, last] = this.at;
    if (offset === last) return [];
    const since = [offset, this.#clock.now(), this.#rules.ms];
    // Asked first: all that the table may have would not fit into an object's memory.
    const [all] = this.#sql.exec(`SELECT count(text) AS count, sum(length(text)) AS size ${SINCE}`, ...since);
    if (all?.count !== last - offset || Number(all.size) > this.#rules.size) return undefined;
    return [...this.#sql.exec(`SELECT topic, except_id, text ${SINCE} ORDER BY offset`, ...since)].map(remembered);
  }

  /** Where it is by what is stored; a new history where nothing is. */
  #open(): Position {
    this.#sql.exec(CREATE);
    const [stored] = this.#sql.exec(
      "SELECT text, (SELECT max(offset) FROM onesocket_history) AS last FROM onesocket_history WHERE slot = 0",
    );
    if (stored) return [stored.text as string, Number(stored.last)];
    const epoch = this.#clock.randomId();
    this.#sql.exec("INSERT INTO onesocket_history VALUES (0, 0, 0, NULL, NULL, ?)", epoch);
    return [epoch, 0];
  }
}

function remembered({ topic, except_id, text }: Record<string, unknown>): Remembered {
  const nameOf = (value: unknown) => (value ?? undefined) as string | undefined;
  return { topic: nameOf(topic), except: nameOf(except_id), text: text as string };
}
