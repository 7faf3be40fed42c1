import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { noteOurs } from "../shared/listeners.ts";
import { builtin } from "./builtin.ts";
import type { Agreed, Opening, OpeningSink } from "./opening.ts";
import { asksUs, declineOthers, handBack, isWebSocket } from "./ordinary.ts";
import { othersMs } from "./others.ts";
import { answersOn } from "./pending.ts";
import { PlainRequest } from "./plain-request.ts";
import { setHead } from "./request.ts";
import type { AnyServer } from "./server.ts";
import { switching, writeSwitching } from "./switching.ts";

/** Hands a server's `upgrade` events to its router. Returns what stops it. */
export function routeUpgrades(server: AnyServer, router: OpeningSink): () => void {
  const shared = () => server.listenerCount("upgrade") > 1;
  const listener = (request: IncomingMessage, stream: NetSocket, head: Buffer) => {
    if (isWebSocket(request)) router.route(new Http1Opening(request, stream), othersMs(server), head);
    else leaveTo(server, request, stream, head);
  };
  noteOurs(listener);
  // Before the listeners of others: what those have done to the stream can be told when they have been called.
  server.prependListener("upgrade", listener);
  const stopDeclining = declineOthers(server, shared);
  return () => {
    stopDeclining();
    server.off("upgrade", listener);
  };
}

/** Whether nobody but our router has a say about a server's upgrades. */
export function isAlone(server: AnyServer): boolean {
  return server.listenerCount("upgrade") === 1 && asksUs(server);
}

/** Leaves an upgrade to another protocol to a listener that takes it at once, or else to the server, as an ordinary request. */
export function leaveTo(server: AnyServer, request: IncomingMessage, stream: NetSocket, head: Uint8Array): void {
  const opening = new Http1Opening(request, stream);
  const destroy = () => stream.destroy();
  stream.on("error", destroy);
  const decide = () => {
    if (opening.answered || stream.destroyed || stream.listenerCount("data") > 0) return;
    stream.off("error", destroy);
    handBack(server, request, stream, head);
  };
  // Not in this turn, in which the server's parser is still at work.
  const { before = Promise.resolve() } = opening;
  before.then(() => setImmediate(decide)).catch(destroy);
}

/** A handshake of RFC 6455 §4: the connection itself becomes the socket. */
export class Http1Opening implements Opening {
  readonly request: IncomingMessage | PlainRequest;
  readonly stream: NetSocket;
  #written: number;
  #response: ServerResponse | undefined;

  constructor(request: IncomingMessage | PlainRequest, stream: NetSocket) {
    this.request = request;
    this.stream = stream;
    // Nobody has written to the stream of a plain request, and to ask it takes a microsecond.
    this.#written = request instanceof PlainRequest ? 0 : stream.bytesWritten;
  }

  /** Whether nobody but us has the connection in hand, so that nothing was written. */
  get #isUntouched(): boolean {
    return this.request instanceof PlainRequest && !this.request.isSeen;
  }

  get answered(): boolean {
    if (this.#isUntouched) return false;
    const { bytesWritten, writableEnded } = this.stream;
    return writableEnded || bytesWritten !== this.#written;
  }

  get isGuarded(): boolean {
    return this.request instanceof PlainRequest;
  }

  get incoming(): IncomingMessage {
    return this.request instanceof PlainRequest ? this.request.message : this.request;
  }

  get response(): ServerResponse {
    this.#response ??= new (builtin("http").ServerResponse)(this.incoming);
    return this.#response;
  }

  accept(agreed: Agreed): void {
    if (this.stream.timeout) this.stream.setTimeout(0);
    if (this.#isUntouched) {
      writeSwitching(this.stream, agreed);
    } else {
      this.stream.setNoDelay?.(true);
      this.stream.write(switching(agreed), "latin1");
    }
  }

  begin(answer: Response): ServerResponse {
    const response = new (builtin("http").ServerResponse)(this.incoming);
    response.on("error", () => {});
    // The answer's body may come in pieces.
    this.stream.setNoDelay?.(true);
    response.shouldKeepAlive = false;
    setHead(answer, response);
    response.assignSocket(this.stream);
    return response;
  }

  /** Node (24, 2026-11) gives an upgrade to its listeners at once, though others may still wait for their answers. */
  get before(): Promise<void> | undefined {
    const { stream } = this;
    return answersOn(stream)?.then(() => {
      this.#written = stream.bytesWritten;
    });
  }
}
