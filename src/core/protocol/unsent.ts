import type { Broadcast } from "./broadcast.ts";
import type { Span } from "./slab.ts";

/** What was sent and is not written, since a message before it is still being encoded. */
export interface Unsent {
  readonly bytes: number;
  /** Those of them that are there once for many connections. */
  readonly shared: number;
  /** What they cost beside themselves, in bytes. */
  readonly overhead: number;
  /** Runs this once all of it has been written: now, if there is none. */
  afterAll(run: () => void): void;
  /** Forgets it. */
  drop(): void;
}

/** How all is sent where messages are encoded, which may take its time: in order. */
export interface Sending extends Unsent {
  /** Sends a message; it is copied if it has to wait. A server's broadcast is encoded once for all that encode it alike. */
  send(data: string | Uint8Array, broadcast: Broadcast | undefined): void;
  /** Writes a frame in its turn. */
  write(frame: Span): void;
}

/** Where no message is ever encoded. */
export const NOTHING_UNSENT: Unsent = { bytes: 0, shared: 0, overhead: 0, afterAll: (run) => run(), drop() {} };
