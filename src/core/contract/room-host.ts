import type { StorageDriver } from "../storage/driver.ts";
import type { Observer } from "./observer.ts";
import type { Platform } from "./platform.ts";

/** What a room needs of who serves its sockets. */
export interface RoomHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  /** Where its rooms keep things. Default: this process's memory. */
  readonly storage?: StorageDriver | undefined;
  waitUntil(promise: Promise<unknown>): void;
}
