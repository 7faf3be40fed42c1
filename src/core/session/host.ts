import type { Observer } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import type { Ledger } from "./ledger.ts";
import type { Owner } from "./owner.ts";

/** What a session needs of who serves it. */
export interface SessionHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  /** Closes who holds too much of the process's memory; absent where the runtime does not tell what is unsent. */
  readonly ledger?: Ledger | undefined;
  waitUntil(promise: Promise<unknown>): void;
  /** The session is over: its socket is gone and its handlers have ended. */
  left?(session: Owner): void;
}
