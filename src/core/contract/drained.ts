import type { Socket } from "./socket.ts";

/** How sockets are asked to leave. */
export interface DrainOptions {
  /** The close code. Default 1012, service restart: clients connect again. */
  readonly code?: number | undefined;
  /** The close reason. Default none. */
  readonly reason?: string | undefined;
  /** Milliseconds over which the closes are spread, so that not all clients come back at once; less than 2 ** 31. Default 0. */
  readonly overMs?: number | undefined;
  /**
   * Called each time a socket has left, with those that are still there: how many, and which. What it throws rejects the drain when all have
   * left. Default none.
   */
  readonly progress?: ((left: ReadonlySet<Socket>) => unknown) | undefined;
}

/** A host whose sockets can be asked to leave. */
export interface Drainable {
  /**
   * Leaves gently: refuses handshakes from now on (503 `DRAINING` with Retry-After), closes every socket, spread over `overMs`, hands out what had
   * arrived, and tells how they left when they and their handlers are gone. The server goes on to listen. Rejects with a TypeError or
   * RangeError for options that make no sense, and then nothing has changed.
   */
  drain(options?: DrainOptions): Promise<Drained>;
}

/** How sockets left. */
export interface Drained {
  /** How many there were. */
  readonly sockets: number;
  /** Completed the closing handshake. */
  readonly clean: number;
  /** Were lost, did not answer within `limits.closeMs`, or had a hook that did not end and messages that waited behind it. */
  readonly lost: number;
}
