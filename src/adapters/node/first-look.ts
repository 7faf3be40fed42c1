import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type BytesSink, letWait, offBytes, onFirstBytes } from "./bytes.ts";
import { Http1Opening, isAlone } from "./http1.ts";
import { keepAlive } from "./keep-alive.ts";
import type { OpeningSink } from "./opening.ts";
import { PlainRequest } from "./plain-request.ts";

type Listener = (socket: NetSocket) => void;

/**
 * Looks at the first bytes of a server's connections. A plain handshake goes straight to the router, without a parser
 * and what Node makes for requests. All else, and what does not come soon, goes to Node as if nobody had looked. `ms`: how long it waits at most.
 * Must be called before anybody else listens for the server's connections.
 */
export function lookFirst(server: Server, router: () => OpeningSink | undefined, ms: number): void {
  const [http] = server.rawListeners("connection") as Listener[];
  if (!http) return;
  const look = new FirstLook(server, http, router, ms);
  server.off("connection", http).on("connection", look.connected);
}

class FirstLook implements BytesSink {
  readonly #server: Server;
  /** What Node does with a connection. */
  readonly #http: Listener;
  readonly #router: () => OpeningSink | undefined;
  readonly #ms: number;
  /** One listener for all. Tells of a connection that is lost as Node does. */
  readonly #failed: (this: NetSocket, error: Error) => void;
  /** Those that have sent nothing, and were there before the last turn of the timer, or came after it. */
  #older = new Set<Duplex>();
  #newer = new Set<Duplex>();
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Server, http: Listener, router: () => OpeningSink | undefined, ms: number) {
    this.#server = server;
    this.#http = http;
    this.#router = router;
    this.#ms = ms;
    this.#failed = function (this: NetSocket, error) {
      if (!server.emit("clientError", error, this)) this.destroy(error);
    };
  }

  readonly connected = (socket: NetSocket): void => {
    if (this.#server.timeout > 0 || !onFirstBytes(socket, this)) {
      this.#http.call(this.#server, socket);
      return;
    }
    socket.on("error", this.#failed);
    this.#newer.add(socket);
    this.#timer ??= setTimeout(this.#turn, this.#ms / 2).unref();
  };

  receive(bytes: Uint8Array, stream: Duplex): void {
    const socket = stream as NetSocket;
    const router = this.#router();
    // Somebody else may read or hold it by now, or wants a say.
    const ours = router && socket.readableFlowing === null && isAlone(this.#server);
    const request = ours && PlainRequest.read(bytes, socket);
    if (!request) {
      this.#handOver(socket);
      socket.push(Buffer.from(bytes));
      return;
    }
    this.#forget(socket);
    letWait(socket);
    router.route(new Http1Opening(request, socket), NOTHING, false);
  }

  /** Without a byte: somebody looked whether the port is open. */
  receiveEnd(stream: Duplex): void {
    this.#forget(stream);
    if (!stream.destroyed) stream.end();
  }

  #forget(socket: Duplex): void {
    if (!this.#newer.delete(socket)) this.#older.delete(socket);
    socket.off("error", this.#failed);
  }

  #handOver(socket: NetSocket): void {
    this.#forget(socket);
    offBytes(socket);
    keepAlive(socket);
    this.#http.call(this.#server, socket);
  }

  readonly #turn = (): void => {
    for (const socket of this.#older) this.#handOver(socket as NetSocket);
    this.#older = this.#newer;
    this.#newer = new Set();
    this.#timer = this.#older.size > 0 ? setTimeout(this.#turn, this.#ms / 2).unref() : undefined;
  };
}

const NOTHING = new Uint8Array(0);
