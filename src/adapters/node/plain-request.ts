import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { builtin } from "./builtin.ts";
import { type PlainHead, readPlainHead } from "./plain-head.ts";
import type { NodeRequest } from "./request.ts";

/** A handshake whose head is plain, read without Node's parser, which would make the same of it. */
export class PlainRequest implements NodeRequest {
  readonly method = "GET";
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly rawHeaders: string[];
  readonly socket: NetSocket;
  #message: IncomingMessage | undefined;

  private constructor({ url, headers, rawHeaders }: PlainHead, socket: NetSocket) {
    this.url = url;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.socket = socket;
  }

  /** Undefined for bytes that are anything else than one whole handshake with a plain head. */
  static read(bytes: Uint8Array, socket: NetSocket): PlainRequest | undefined {
    const head = readPlainHead(bytes);
    return head && isHandshake(head) ? new PlainRequest(head, socket) : undefined;
  }

  /** Whether anybody but us has the message in hand, and by it the connection. */
  get isSeen(): boolean {
    return this.#message !== undefined;
  }

  /** What Node would have made of it, for whoever wants to see that. */
  get message(): IncomingMessage {
    this.#message ??= this.#made();
    return this.#message;
  }

  #made(): IncomingMessage {
    const message = new (builtin("http").IncomingMessage)(this.socket);
    Object.assign(message, this, { httpVersionMinor: 1, upgrade: true, complete: true });
    message.push(null);
    return message;
  }
}

/** Whether Node's parser takes it for an upgrade, and we for one to a WebSocket. */
function isHandshake({ headers: { upgrade = "", connection = "" } }: PlainHead): boolean {
  return /^websocket$/i.test(upgrade) && /^(?:keep-alive, ?)?upgrade$/i.test(connection);
}
