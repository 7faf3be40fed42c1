import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { trimSpace } from "../../core/protocol/headers.ts";
import { builtin } from "./builtin.ts";
import type { PlainFields } from "./plain-fields.ts";
import { type PlainHead, readPlainHead } from "./plain-head.ts";
import type { NodeRequest } from "./request.ts";

/**
 * A plain handshake, read without a parser. What Node's own parser takes as well, and tells in the same words: the two differ only in
 * that this one knows nothing else.
 */
export class PlainRequest implements NodeRequest {
  readonly method = "GET";
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly url: string;
  readonly fields: PlainFields;
  readonly socket: NetSocket;
  readonly #head: string;
  #message: IncomingMessage | undefined;

  private constructor({ target, fields, text }: PlainHead, socket: NetSocket) {
    this.url = target;
    this.fields = fields;
    this.socket = socket;
    this.#head = text;
  }

  /** Undefined for bytes that are anything else than one whole and plain handshake. */
  static read(bytes: Uint8Array, socket: NetSocket): PlainRequest | undefined {
    const head = readPlainHead(bytes);
    return head && isHandshake(head.fields) ? new PlainRequest(head, socket) : undefined;
  }

  get rawHeaders(): string[] {
    return this.#lines.flat();
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.#lines.map(([name, value]) => [name.toLowerCase(), value]));
  }

  get #lines(): [name: string, value: string][] {
    return this.#head.split("\r\n").slice(1, -2).map(splitLine);
  }

  /** Whether anybody but us has it in hand, and by it the connection. */
  get isSeen(): boolean {
    return this.#message !== undefined;
  }

  /** The same as Node would have made it, for who wants to see that. */
  get message(): IncomingMessage {
    this.#message ??= this.#made();
    return this.#message;
  }

  #made(): IncomingMessage {
    const { method, url, headers, rawHeaders, httpVersion } = this;
    const message = new (builtin("http").IncomingMessage)(this.socket);
    Object.assign(message, { method, url, headers, rawHeaders, httpVersion, httpVersionMajor: 1, httpVersionMinor: 1 });
    Object.assign(message, { upgrade: true, complete: true });
    message.push(null);
    return message;
  }
}

function splitLine(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), trimSpace(line.slice(colon + 1))];
}

/** Whether Node's parser takes it for an upgrade, and we for one to a WebSocket. */
function isHandshake(fields: PlainFields): boolean {
  return WEBSOCKET.test(fields.get("upgrade") ?? "") && UPGRADE.test(fields.get("connection") ?? "");
}

const WEBSOCKET = /^websocket$/i;
const UPGRADE = /^(?:keep-alive, ?)?upgrade$/i;
