import type { Drainable } from "../../core/contract/drained.ts";

/** What `attach` returns. */
export interface Attached extends Drainable {
  /** Takes no more handshakes, closes every socket with 1001, and resolves when they are gone. `await using server = await serve(chat)` does it where its scope ends. */
  close(): Promise<void>;
  /** {@link close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes what a host returns, of what drains it and what closes it. */
export function attachedBy({ drain }: Drainable, close: () => Promise<void>): Attached {
  return { drain, close, [Symbol.asyncDispose]: close };
}
