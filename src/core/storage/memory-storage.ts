import type { Entries, RoomName, StorageDriver } from "./driver.ts";

/** Characters that all rooms of a process may keep together: nothing is ever forgotten by itself, and any client may name a new room. */
const MOST = 1 << 26;

/** What one entry costs beside its characters. */
const ENTRY_SIZE = 128;

/** Keeps it in this process's memory, until the process ends. */
export class MemoryStorage implements StorageDriver {
  readonly #rooms = new Map<string, Map<string, string>>();
  readonly #most: number;
  #size = 0;

  /** `most`: characters of all that it may keep. */
  constructor(most: number = MOST) {
    this.#most = most;
  }

  get(room: RoomName, key: string): string | undefined {
    return this.#rooms.get(named(room))?.get(key);
  }

  /** Throws a RangeError when there is no room for more. */
  put(room: RoomName, key: string, value: string): void {
    const name = named(room);
    const kept = this.#rooms.get(name) ?? new Map<string, string>();
    const size = this.#size + sizeOf(key, value) - sizeOf(key, kept.get(key));
    if (size > this.#most) throw new RangeError(FULL);
    this.#size = size;
    this.#rooms.set(name, kept.set(key, value));
  }

  delete(room: RoomName, key: string): void {
    const name = named(room);
    const kept = this.#rooms.get(name);
    this.#size -= sizeOf(key, kept?.get(key));
    kept?.delete(key);
    if (kept?.size === 0) this.#rooms.delete(name);
  }

  list(room: RoomName, prefix: string): Entries {
    return [...(this.#rooms.get(named(room)) ?? [])].filter(([key]) => key.startsWith(prefix));
  }
}

let shared: StorageDriver | undefined;

/** What rooms keep whose host was given no driver: one for all of a process. */
export function processStorage(): StorageDriver {
  shared ??= new MemoryStorage();
  return shared;
}

const FULL =
  "room.storage in memory is full, with 64 Mi characters: give the host a driver, storage: { get, put, delete, list }, or delete what is over";

function named({ definition, id }: RoomName): string {
  return JSON.stringify([definition, id]);
}

function sizeOf(key: string, value: string | undefined): number {
  return value === undefined ? 0 : ENTRY_SIZE + key.length + value.length;
}
