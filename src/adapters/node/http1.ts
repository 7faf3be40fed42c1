import { hash } from "node:crypto";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { GUID } from "../../core/upgrade/accept-key.ts";
import type { Agreed, Opening, OpeningSink } from "./opening.ts";
import { declineOthers, handBack, isWebSocket } from "./ordinary.ts";
import { answersOn } from "./pending.ts";
import { writeHead } from "./request.ts";
import type { AnyServer } from "./server.ts";

/** Hands a server's `upgrade` events to its router. Returns what stops it. */
export function takeUpgrades(server: AnyServer, router: OpeningSink): () => void {
  const shared = () => server.listenerCount("upgrade") > 1;
  const listener = (request: IncomingMessage, stream: NetSocket, head: Buffer) => {
    if (isWebSocket(request)) router.route(new Http1Opening(request, stream), head, shared());
    else leave(server, request, stream, head);
  };
  // The first: what the others have done to it can then be told.
  server.prependListener("upgrade", listener);
  const stopDeclining = declineOthers(server, shared);
  return () => {
    stopDeclining();
    server.off("upgrade", listener);
  };
}

/** Another protocol: that of another listener, which takes it at once, or else none. */
function leave(server: AnyServer, request: IncomingMessage, stream: NetSocket, head: Buffer): void {
  const opening = new Http1Opening(request, stream);
  const destroy = () => stream.destroy();
  stream.on("error", destroy);
  const decide = () => {
    if (opening.answered || stream.destroyed || stream.listenerCount("data") > 0) return;
    stream.off("error", destroy);
    handBack(server, request, stream, head);
  };
  // Later, since the parser is at work.
  const { before = Promise.resolve() } = opening;
  before.then(() => setImmediate(decide)).catch(destroy);
}

/** A handshake of RFC 6455 §4: the connection itself becomes the socket. */
class Http1Opening implements Opening {
  readonly request: IncomingMessage;
  readonly stream: NetSocket;
  readonly streams = 1;
  #written: number;

  constructor(request: IncomingMessage, stream: NetSocket) {
    this.request = request;
    this.stream = stream;
    this.#written = stream.bytesWritten;
  }

  get answered(): boolean {
    const { bytesWritten, writableEnded } = this.stream;
    return writableEnded || bytesWritten !== this.#written;
  }

  get response(): ServerResponse {
    return new ServerResponse(this.request);
  }

  accept(agreed: Agreed): void {
    if (this.stream.timeout) this.stream.setTimeout(0);
    this.stream.setNoDelay(true);
    this.stream.write(switching(agreed), "latin1");
  }

  begin(answer: Response): ServerResponse {
    const response = new ServerResponse(this.request);
    response.on("error", () => {});
    response.shouldKeepAlive = false;
    writeHead(answer, response);
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

function switching({ key, protocol, extensions, headers }: Agreed): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash("sha1", key + GUID, "base64")}\r\n`;
  if (protocol) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions) text += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  for (const [name, value] of headers ?? []) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
