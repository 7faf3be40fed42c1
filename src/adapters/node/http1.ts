import { hash } from "node:crypto";
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Socket as NetSocket } from "node:net";
import { GUID } from "../../core/upgrade/accept-key.ts";
import { writeHead } from "./request.ts";
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

  begin(answer: Response): ServerResponse {
    const response = new ServerResponse(this.request);
    response.on("error", () => {});
    response.shouldKeepAlive = false;
    writeHead(answer, response);
    response.assignSocket(this.stream);
    return response;
  }

  /**
   * A client that pipelines (RFC 9112 §9.3.2) may wait for the answers to what it asked before: those write to this socket.
   * Node (24, 2026-11) tells of them by this field alone, and gives the upgrade to its listeners at once.
   */
  get before(): Promise<void> | undefined {
    return pending(this.stream) && answered(this.stream);
  }
}

function pending(socket: NetSocket): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

async function answered(socket: NetSocket): Promise<void> {
  for (let response = pending(socket); response && !response.closed; response = pending(socket)) {
    await new Promise((resolve) => response?.once("close", resolve));
  }
}

function switching({ key, protocol, extensions, headers }: Agreed): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash("sha1", key + GUID, "base64")}\r\n`;
  if (protocol) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions) text += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  for (const [name, value] of headers ?? []) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
