import { hash } from "node:crypto";
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Socket as NetSocket } from "node:net";
import { GUID } from "../../core/upgrade/accept-key.ts";
import { writeResponse } from "./request.ts";
import { cut, endSoon } from "./transport.ts";
import type { Agreed, Opening, Upgrader } from "./upgrader.ts";

/** Hands a server's `upgrade` events to an upgrader. Returns what stops it. */
export function takeUpgrades(server: Server | Http2Server | Http2SecureServer, upgrader: Upgrader): () => void {
  const listener = (request: IncomingMessage, socket: NetSocket, head: Buffer) =>
    upgrader.upgrade(new Http1Opening(request, socket), head, server.listenerCount("upgrade") === 1);
  server.on("upgrade", listener);
  return () => void server.off("upgrade", listener);
}

/** A handshake of RFC 6455 §4: the connection itself becomes the socket. */
class Http1Opening implements Opening {
  readonly request: IncomingMessage;
  readonly stream: NetSocket;

  constructor(request: IncomingMessage, socket: NetSocket) {
    this.request = request;
    this.stream = socket;
  }

  get response(): ServerResponse {
    return new ServerResponse(this.request);
  }

  accept(agreed: Agreed): void {
    if (this.stream.timeout) this.stream.setTimeout(0);
    this.stream.setNoDelay(true);
    this.stream.write(switching(agreed), "latin1");
  }

  async answer(answer: Response): Promise<void> {
    const response = new ServerResponse(this.request);
    response.shouldKeepAlive = false;
    response.assignSocket(this.stream);
    await writeResponse(answer, response).catch(() => cut(this.stream));
    endSoon(this.stream, 1000);
  }
}

function switching({ key, protocol, extensions, headers }: Agreed): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash("sha1", key + GUID, "base64")}\r\n`;
  if (protocol) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions) text += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  for (const [name, value] of headers ?? []) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
