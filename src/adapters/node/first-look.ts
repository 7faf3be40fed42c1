import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type BytesSink, isRead, letWait, offBytes, onFirstBytes, sinkOf } from "./bytes.ts";
import { Http1Opening, isAlone } from "./http1.ts";
import type { OpeningSink } from "./opening.ts";
import { PlainRequest } from "./plain-request.ts";

type Listener = (socket: NetSocket) => void;

/** What becomes of connections that are looked at. */
export interface LookHost {
  /** Where plain handshakes go; undefined when nobody takes any. */
  router(): OpeningSink | undefined;
  /** A handshake came, and its answer has to be waited for. */
  waits(socket: NetSocket): void;
  /** It is Node's from now on. */
  passed(socket: NetSocket): void;
  /** Milliseconds in which first bytes are waited for. */
  readonly ms: number;
}

/**
 * Looks at the first bytes of a server's connections. A plain handshake goes straight to the router, without a parser and what Node
 * makes for requests. All else, and what does not come soon, goes to Node as if nobody had looked. Must be called before anybody else
 * listens for the server's connections. The returned function cuts off those that have sent nothing.
 */
export function lookFirst(server: Server, host: LookHost): () => void {
  const [http] = server.rawListeners("connection") as Listener[];
  if (!http) return () => {};
  const look = new FirstLook(server, http, host);
  server.off("connection", http).on("connection", look.connected);
  const cut = () => look.cut();
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
  readonly #host: LookHost;
  /** Those that were there before the last turn of the timer, and that came after it; some have sent something since, or are gone. */
  #older: NetSocket[] = [];
  #newer: NetSocket[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** One listener for all. As long as it is looked at, a connection that is lost is told of as Node does. */
  readonly #failed: (this: NetSocket, error: Error) => void;

  constructor(server: Server, http: Listener, host: LookHost) {
    this.#server = server;
    this.#http = http;
    this.#host = host;
    const looks = (socket: NetSocket) => sinkOf(socket) === this;
    this.#failed = function (this: NetSocket, error) {
      if (!looks(this) || !server.emit("clientError", error, this)) this.destroy(error);
    };
  }

  readonly connected = (socket: NetSocket): void => {
    if (this.#server.timeout > 0 || !onFirstBytes(socket, this)) {
      this.#http.call(this.#server, socket.setNoDelay(true));
      return;
    }
    socket.on("error", this.#failed);
    this.#newer.push(socket);
    this.#timer ??= setTimeout(this.#turn, this.#host.ms / 2).unref();
  };

  receive(bytes: Uint8Array, stream: Duplex): void {
    const socket = stream as NetSocket;
    const router = this.#host.router();
    // Somebody else may read or hold it by now, or wants a say.
    const ours = router && socket.readableFlowing === null && isAlone(this.#server);
    const request = ours && PlainRequest.read(bytes, socket);
    if (!request) {
      this.#handOver(socket);
      socket.push(Buffer.from(bytes));
      return;
    }
    letWait(socket);
    router.route(new Http1Opening(request, socket), NOTHING, undefined);
    if (!isRead(socket)) this.#host.waits(socket);
  }

  /** Without a byte: somebody looked whether the port is open. */
  receiveEnd(stream: Duplex): void {
    if (!stream.destroyed) stream.end();
  }

  #handOver(socket: NetSocket): void {
    socket.off("error", this.#failed);
    offBytes(socket);
    this.#host.passed(socket);
    this.#http.call(this.#server, socket.setNoDelay(true));
  }

  readonly #turn = (): void => {
    // Nobody would look at the time of what a closed server is given.
    const { listening } = this.#server;
    for (const socket of this.#older) {
      if (this.#waits(socket)) listening ? this.#handOver(socket) : socket.destroy();
    }
    this.#older = this.#newer;
    this.#newer = [];
    this.#timer = this.#older.length > 0 ? setTimeout(this.#turn, this.#host.ms / 2).unref() : undefined;
  };

  #waits(socket: NetSocket): boolean {
    return sinkOf(socket) === this && !socket.destroyed;
  }

  cut(): void {
    for (const socket of [...this.#older, ...this.#newer]) if (this.#waits(socket)) socket.destroy();
  }
}

const NOTHING = new Uint8Array(0);
