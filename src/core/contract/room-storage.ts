import { utf8Length } from "../protocol/utf8.ts";
import type { RoomName, StorageDriver } from "../storage/driver.ts";
import { SerialQueue } from "../storage/serial-queue.ts";
import { clonePlain, type Frozen } from "./state.ts";

/**
 * What a room keeps: on Cloudflare in its object's SQLite, elsewhere in memory until the process ends, or where the host's option `storage` says. Calls take
 * their turns, in this process or object: what was put before is there. Keys are text of 1 to 2048 bytes without lone surrogates; values plain JSON data of at
 * most 1 MiB. Each method throws a TypeError or RangeError for others, and rejects with what the storage fails with, which is told as the event `error` too.
 */
export interface RoomStorage {
  /** What is kept under a key, a frozen copy; undefined where nothing is. */
  get<Value = unknown>(key: string): Promise<Frozen<Value> | undefined>;
  /** Keeps a value, instead of what was there. Resolves when the storage has it. */
  put<Value>(key: string, value: Value & NoInfer<Frozen<Value>>): Promise<void>;
  /**
   * Keeps what `change` makes of what is there, and resolves with it; nothing comes between in this process or object: `update("visits", (n = 0) => n + 1)`.
   * Rejects with what `change` throws, and then all is as before.
   */
  update<Value>(key: string, change: (before: Frozen<Value> | undefined) => Frozen<Value>): Promise<Frozen<Value>>;
  /** Forgets a key. Nothing need be there. */
  delete(key: string): Promise<void>;
  /** All whose keys begin with a text, in the order of their keys. Default: all. */
  list<Value = unknown>(prefix?: string): Promise<ReadonlyMap<string, Frozen<Value>>>;
}

const MOST_KEY_BYTES = 2048;
const MOST_VALUE_BYTES = 1 << 20;

/** A room's storage on a driver, which has text alone. */
export class JsonStorage implements RoomStorage {
  readonly #room: RoomName;
  readonly #driver: StorageDriver;
  readonly #queue: SerialQueue;

  /** `failed`: is told of each failure. Throws a TypeError for what is no driver. */
  constructor(room: RoomName, driver: StorageDriver, failed: (error: unknown) => void) {
    for (const name of ["get", "put", "delete", "list"] satisfies (keyof StorageDriver)[]) {
      if (typeof driver[name] !== "function")
        throw new TypeError(`storage, of the host, is { get, put, delete, list }: ${name} is no function`);
    }
    this.#room = room;
    this.#driver = driver;
    this.#queue = new SerialQueue(failed);
  }

  get<Value>(key: string): Promise<Frozen<Value> | undefined> {
    checkKey(key);
    return this.#queue.run(async () => read<Value>(await this.#driver.get(this.#room, key)));
  }

  put(key: string, value: unknown): Promise<void> {
    checkKey(key);
    const text = written(key, value);
    return this.#queue.run(async () => void (await this.#driver.put(this.#room, key, text)));
  }

  update<Value>(key: string, change: (before: Frozen<Value> | undefined) => Frozen<Value>): Promise<Frozen<Value>> {
    checkKey(key);
    return this.#queue.run(async () => {
      const before = read<Value>(await this.#driver.get(this.#room, key));
      const text = written(key, change(before));
      await this.#driver.put(this.#room, key, text);
      return read<Value>(text)!;
    });
  }

  delete(key: string): Promise<void> {
    checkKey(key);
    return this.#queue.run(async () => void (await this.#driver.delete(this.#room, key)));
  }

  list<Value>(prefix = ""): Promise<ReadonlyMap<string, Frozen<Value>>> {
    if (prefix !== "") checkKey(prefix);
    return this.#queue.run(async () => {
      const entries = [...(await this.#driver.list(this.#room, prefix))];
      const sorted = entries.sort(([one], [two]) => (one < two ? -1 : 1));
      return new Map(sorted.map(([key, text]) => [key, read<Value>(text)!]));
    });
  }

  /** Resolves when all that was asked for is done. Never rejects. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}

function checkKey(key: string): void {
  if (typeof key !== "string" || key === "") throw new TypeError("room.storage: a key is a string that is not empty");
  if (!key.isWellFormed()) throw new RangeError("room.storage: a key has no lone surrogates");
  const size = utf8Length(key);
  if (size > MOST_KEY_BYTES)
    throw new RangeError(`room.storage: a key is at most ${MOST_KEY_BYTES} bytes, not ${size}`);
}

function written(key: string, value: unknown): string {
  const name = JSON.stringify(key);
  if (value === undefined) throw new TypeError(`room.storage: undefined is no value for ${name}: delete it`);
  const text = JSON.stringify(clonePlain(value, `room.storage: ${name}`));
  const size = utf8Length(text);
  if (size <= MOST_VALUE_BYTES) return text;
  throw new RangeError(`room.storage: ${name} is ${size} bytes as JSON; it may be ${MOST_VALUE_BYTES}`);
}

function read<Value>(text: string | undefined): Frozen<Value> | undefined {
  return text === undefined ? undefined : (clonePlain(JSON.parse(text), "storage") as Frozen<Value>);
}
