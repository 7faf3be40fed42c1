import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type BytesSink, isRead, letWait, offBytes, onFirstBytes, sinkOf } from "./bytes.ts";
import { Http1Opening, isAlone } from "./http1.ts";
import { keepAlive } from "./keep-alive.ts";
import type { OpeningSink } from "./opening.ts";
import { PlainRequest } from "./plain-request.ts";
import type { Upgrader } from "./upgrader.ts";

type Listener = (socket: NetSocket) => void;

/**
 * Looks at the first bytes of a server's connections, for `ms` milliseconds. A plain handshake goes straight to `router`, if there is one,
 * without a parser and what Node makes for requests. All else, and what does not come in time, goes to Node as if nobody had looked.
 * `host` tracks the connections that are neither silent nor sockets. Must be called before anybody else listens for the server's
 * connections. The returned function cuts off those that have sent nothing.
 */
export function lookFirst(
  server: Server,
  ms: number,
  host: Upgrader,
  router: () => OpeningSink | undefined,
): () => void {
  const [http] = server.rawListeners("connection") as Listener[];
  if (!http) return () => {};
  const { connected, cut } = new FirstLook(server, http, ms, host, router);
  server.off("connection", http).on("connection", connected);
  // Node knows of no connection that was not handed over.
  const { closeAllConnections } = server;
  server.closeAllConnections = () => {
    cut();
    closeAllConnections.call(server);
  };
  return cut;
}

class FirstLook implements BytesSink {
  readonly #server: Server;
  /** What Node does with a connection. */
  readonly #http: Listener;
  readonly #ms: number;
  readonly #host: Upgrader;
  readonly #router: () => OpeningSink | undefined;
  /** Connections from before the last turn of the timer, and from after it; some have sent something since, or are gone. */
  #older: NetSocket[] = [];
  #newer: NetSocket[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The same listener for all. A connection that is lost while it is looked at is told of as Node does. */
  readonly #failed: (this: NetSocket, error: Error) => void;

  constructor(server: Server, http: Listener, ms: number, host: Upgrader, router: () => OpeningSink | undefined) {
    this.#server = server;
    this.#http = http;
    this.#ms = ms;
    this.#host = host;
    this.#router = router;
    const looks = (socket: NetSocket) => sinkOf(socket) === this;
    this.#failed = function (this: NetSocket, error) {
      if (!looks(this) || !server.emit("clientError", error, this)) this.destroy(error);
    };
  }

  readonly connected = (socket: NetSocket): void => {
    if (this.#server.timeout > 0 || !onFirstBytes(socket, this)) {
      this.#giveToNode(socket);
      return;
    }
    socket.on("error", this.#failed);
    this.#newer.push(socket);
    this.#timer ??= setTimeout(this.#turn, this.#ms / 2).unref();
  };

  /** Cuts off those that have sent nothing. */
  readonly cut = (): void => {
    for (const socket of [...this.#older, ...this.#newer]) if (this.#isSilent(socket)) socket.destroy();
  };

  receive(bytes: Uint8Array, stream: Duplex): void {
    const socket = stream as NetSocket;
    const router = this.#router();
    // Somebody else may read the connection or hold it by now, or has a say about upgrades.
    const ours = router && socket.readableFlowing === null && isAlone(this.#server);
    const request = ours && PlainRequest.read(bytes, socket);
    if (!request) {
      this.#handOver(socket);
      socket.push(Buffer.from(bytes));
      return;
    }
    letWait(socket);
    router.route(new Http1Opening(request, socket));
    // Its answer has to be waited for.
    if (!isRead(socket)) this.#host.track(socket);
  }

  /** A connection that ends without a byte is somebody's who looked whether the port is open. */
  receiveEnd(stream: Duplex): void {
    if (!stream.destroyed) stream.end();
  }

  #handOver(socket: NetSocket): void {
    socket.off("error", this.#failed);
    offBytes(socket);
    keepAlive(socket);
    this.#host.track(socket);
    this.#giveToNode(socket);
  }

  #giveToNode(socket: NetSocket): void {
    this.#http.call(this.#server, socket.setNoDelay(true));
  }

  readonly #turn = (): void => {
    // A server that is closed no longer looks whether the requests of its connections come in time.
    const { listening } = this.#server;
    for (const socket of this.#older) {
      if (this.#isSilent(socket)) listening ? this.#handOver(socket) : socket.destroy();
    }
    this.#older = this.#newer;
    this.#newer = [];
    this.#timer = this.#older.length > 0 ? setTimeout(this.#turn, this.#ms / 2).unref() : undefined;
  };

  #isSilent(socket: NetSocket): boolean {
    return sinkOf(socket) === this && !socket.destroyed;
  }
}
