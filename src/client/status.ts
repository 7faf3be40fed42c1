import type { ClientFailure } from "./failures.ts";

/** Whether there is a connection, and if not, why not. */
export interface Status {
  /**
   * `connecting`: an attempt is under way, or just failed and its reason is being looked for. `waiting`: until `retryAt`. `closed`: for
   * good, by `close`, by the signal, or because the server does not want this client.
   */
  readonly state: "connecting" | "open" | "waiting" | "closed";
  /** Why the last attempt or connection ended; undefined before the first end, once it is open, and after a `close` of one's own. */
  readonly failure?: ClientFailure | undefined;
  /** With `waiting`: when the next attempt begins, as `Date.now()` counts. */
  readonly retryAt?: number | undefined;
  /**
   * With `open`, after a reconnection, where the server keeps a history: whether everything that was missed has come, or comes now. At first
   * with the option `history`: whether what was asked for comes.
   * Otherwise undefined.
   */
  readonly recovered?: boolean | undefined;
}
