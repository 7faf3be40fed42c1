import type { Drained, DrainOptions } from "../../core/contract/drained.ts";

/** What `attach` returns. */
export interface Attached {
  /**
   * Leaves gently: refuses handshakes from now on (503 `DRAINING` with Retry-After), closes every socket, spread over
   * `overMs`, hands out what had arrived, and tells how they left when they and their handlers are gone. The server goes on to
   * listen. Rejects with a TypeError or RangeError for options that make no sense, and then nothing has changed.
   */
  drain(options?: DrainOptions): Promise<Drained>;
  /** Takes no more handshakes, closes every socket with 1001, and resolves when they are gone. */
  close(): Promise<void>;
}
