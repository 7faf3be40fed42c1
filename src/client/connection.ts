import type { Message } from "../core/contract/socket.ts";
import { type ClientFailure, clientFailure } from "./failures.ts";

/** How an attempt, or the connection that it became, ended. */
export interface Ending {
  /** Whether the connection had been open. */
  readonly opened?: boolean;
  /** Why, as far as the socket's end tells; of one that was never open it tells nothing. */
  readonly failure?: ClientFailure | undefined;
  /** The HTTP status of a refused handshake, where the runtime tells: Bun, Deno and workerd do, in words. Else undefined, or NaN. */
  readonly status?: number | undefined;
}

/** One WebSocket, from its attempt to its end. */
export interface ClientConnection {
  readonly socket: WebSocket;
  /** Resolves once, however it ends; never rejects. */
  readonly ended: Promise<Ending>;
  /** False when it is not open. */
  send(data: Message): boolean;
  /** Ends it without waiting for the peer's Close: a dead peer answers none, and the socket's own end may be minutes away. */
  drop(failure?: ClientFailure): void;
}

/** Begins an attempt. Throws what the platform's `WebSocket` throws for a URL or subprotocols that it doesn't take. */
export function openConnection(
  url: URL,
  protocols: string[],
  received: (data: Message) => void,
  onopen: () => void,
): ClientConnection {
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  const socket = new WebSocket(url, protocols);
  let opened = false;
  let status: number | undefined;
  const end = (failure = clientFailure("ENDED_WITHOUT_CLOSE")): void => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    resolve({ opened, status, failure });
  };
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    opened = true;
    onopen();
  };
  socket.onmessage = ({ data }) => received(typeof data === "string" ? data : new Uint8Array(data));
  socket.onerror = (event) => {
    // What else their words hold, such as the URL, stays with them. Of each 101 that it does not take workerd (2026-11) says "received 502 instead".
    status = Number(/(?:code:|received) (?!502 )(\d{3})\b/.exec((event as ErrorEvent).message)?.[1]);
    // Of a peer that breaks the protocol workerd tells this alone: no close event follows.
    if (opened) end();
  };
  // Deno 2.9 (2026-11) tells a connection that was lost as 0.
  socket.onclose = ({ code, reason }) =>
    end(!code || code === 1006 ? undefined : clientFailure("CLOSED_BY_SERVER", { closeCode: code, reason }));
  return {
    socket,
    ended,
    send(data) {
      const open = opened && socket.readyState === 1;
      if (open) socket.send(data as Message & ArrayBufferView<ArrayBuffer>);
      return open;
    },
    drop(failure) {
      end(failure);
      socket.close();
    },
  };
}
