/** How sockets are asked to leave. */
export interface DrainOptions {
  /** The close code. Default 1012, service restart: clients connect again. */
  readonly code?: number | undefined;
  /** The close reason. Default none. */
  readonly reason?: string | undefined;
  /** Milliseconds over which the closes are spread, so that not all clients come back at once; less than 2 ** 31. Default 0. */
  readonly overMs?: number | undefined;
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
