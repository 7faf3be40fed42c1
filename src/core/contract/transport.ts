/** One message for many sockets: what the first transport makes of it, it may leave here for the next ones. */
export interface Shared {
  made?: object | undefined;
}

/** One socket's part in a broadcast of its runtime's own. */
export interface NativePubSub {
  /** The same for all sockets that it reaches. */
  readonly server: unknown;
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
  /** Sends to a channel's subscribers, after what each was sent before; with `others` not to this one. */
  publish(channel: string, data: string | Uint8Array<ArrayBuffer>, others: boolean): void;
}

/** One runtime's open socket, as the session drives it. An adapter's whole duty towards the core. */
export interface Transport {
  /** The runtime's own socket. */
  readonly raw: unknown;
  /**
   * Sends one message; the data is the caller's again when this returns. `shared`: the same for all sockets that are sent this message. Returns how
   * many bytes are buffered now, with what each pending message costs beside its own; 0 where the runtime can't tell, or where all of it
   * is short, within `limits.bufferedBytes`, and leaves at the end of this turn of the event loop.
   */
  send(data: string | Uint8Array<ArrayBuffer>, shared?: Shared): number;
  /** Absent where the runtime has no broadcast, or it does not keep what rooms promise. */
  readonly pubSub?: NativePubSub;
  /** Starts the closing handshake. Code and reason have been checked; 1005 is a Close without either. */
  close(code: number, reason: string): void;
  /** Ends the connection at once, as far as the runtime can. */
  terminate(): void;
  /** Bytes not yet handed to the network; absent where the runtime can't tell. */
  bufferedAmount?(): number;
  /** Bytes of memory that are buffered for this socket alone; absent where that is `bufferedAmount`. */
  held?(): number;
  /** Bytes of memory that a message takes which has not come as a whole; absent where the runtime does not tell. */
  receivingBytes?(): number;
  /** Forgets what is buffered, as far as it can be taken back; absent where nothing can. */
  drop?(): void;
  /** Resolves when nothing is buffered, or the socket is gone; absent where the runtime has no such event. */
  drained?(): Promise<void>;
  /** Sends a protocol ping, whose answer is told as `session.receivePong()`; absent where the runtime does not let us. */
  ping?(): void;
  /** Its frames are traced where a host is debugged, so that its messages need not be. */
  readonly tracesFrames?: boolean;
  /** The runtime pings by itself too, so that the default heartbeat is left to it. */
  readonly pingsItself?: boolean;
  /** Stops reading, until `resume`; absent where the runtime can't. */
  pause?(): void;
  resume?(): void;
  /** The socket's room is not to sleep while it is open; absent where a timer that is pending sees to that, or none sleeps. */
  stayAwake?(): void;
  /** Keeps the session's durable part, where sockets outlive their process's memory. Throws when it does not fit. */
  save?(): void;
}
