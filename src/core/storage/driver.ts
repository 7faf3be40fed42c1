/** Whose room it is, and which one. */
export interface RoomName {
  /** The definition's name. */
  readonly definition: string;
  /** The room's id. */
  readonly id: string;
}

/**
 * Where rooms keep what hooks give to `room.storage`: a database's few lines, for the host's option `storage`. Keys are text of 1 to 2048 bytes,
 * values JSON as text of at most 1 MiB. Each may be async. It is asked one thing at a time for each room, in the order of the hooks' calls. What it throws, or rejects
 * with, is told as the event `error`, and rejects the call that it was for.
 */
export interface StorageDriver {
  /** What is kept under a key; undefined where nothing is. */
  get(room: RoomName, key: string): string | undefined | PromiseLike<string | undefined>;
  /** Keeps it, instead of what was there. */
  put(room: RoomName, key: string, value: string): unknown;
  /** Forgets it. Nothing need be there. */
  delete(room: RoomName, key: string): unknown;
  /** All whose keys begin with a text ("" is all), in any order: `[key, value]`, or a Map. */
  list(room: RoomName, prefix: string): Entries | PromiseLike<Entries>;
}

/** Keys, each with its value. */
export type Entries = Iterable<readonly [key: string, value: string]>;
