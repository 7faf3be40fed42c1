import type { Sql } from "../history/sql-history.ts";
import type { Entries, RoomName, StorageDriver } from "./driver.ts";

const CREATE = "CREATE TABLE IF NOT EXISTS onesocket_storage (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID";

/** Keeps it in a SQLite of the room's own, in a table beside those of the program. */
export class SqlStorage implements StorageDriver {
  readonly #storage: { readonly sql: Sql };

  /** `storage`: what has the SQLite, which may throw where there is none. */
  constructor(storage: { readonly sql: Sql }) {
    this.#storage = storage;
  }

  get(_: RoomName, key: string): string | undefined {
    const [row] = this.#ask("SELECT value FROM onesocket_storage WHERE key = ?", key);
    return row?.value as string | undefined;
  }

  put(_: RoomName, key: string, value: string): void {
    this.#ask("INSERT OR REPLACE INTO onesocket_storage VALUES (?, ?)", key, value);
  }

  delete(_: RoomName, key: string): void {
    this.#ask("DELETE FROM onesocket_storage WHERE key = ?", key);
  }

  list(_: RoomName, prefix: string): Entries {
    // By the order of keys, so that only those are read: no text has a character after the last one that there is.
    const query = "SELECT key, value FROM onesocket_storage WHERE key BETWEEN ?1 AND ?1 || char(1114111, 1114111)";
    return this.#ask(query, prefix).map(({ key, value }) => [key as string, value as string] as const);
  }

  #ask(query: string, ...bindings: string[]): Record<string, unknown>[] {
    return asked(this.#storage.sql, CREATE, query, ...bindings);
  }
}

/** Asks for what is in a table. It is made when it is found missing: at first, and when somebody has emptied the storage. */
export function asked(
  sql: Sql,
  create: string,
  query: string,
  ...bindings: (string | number | null)[]
): Record<string, unknown>[] {
  try {
    return [...sql.exec(query, ...bindings)];
  } catch {
    sql.exec(create);
    return [...sql.exec(query, ...bindings)];
  }
}
