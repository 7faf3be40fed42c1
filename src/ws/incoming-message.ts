import type { Socket } from "../core/contract/socket.ts";
import { Emitter } from "./emitter.ts";
import { carriedBy } from "./opening.ts";

/** Where a request came from, as far as Node's libraries ask. */
export interface IncomingSocket {
  readonly remoteAddress: string;
  readonly encrypted: boolean;
}

/** What all handshakes have in common (RFC 6455 §4.1), over HTTP/2 too, where they are not sent. */
const HANDSHAKE: [name: string, value: string][] = [
  ["connection", "Upgrade"],
  ["upgrade", "websocket"],
  ["sec-websocket-version", "13"],
];

/** A request that opened a socket, as Node's libraries read one. It has no body, and no events: it has been read. */
export class IncomingRequest extends Emitter {
  readonly method = "GET";
  readonly httpVersion = "1.1";
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly socket: IncomingSocket;
  readonly connection: IncomingSocket;

  constructor(socket: Socket) {
    super();
    const { protocol, pathname, search, host } = new URL(socket.url);
    // By its key a library may tell one client from another. Over HTTP/2 there is none.
    const headers = [["host", host], ["sec-websocket-key", socket.id], ...HANDSHAKE, ...carriedBy(socket).headers];
    this.url = pathname + search;
    this.headers = Object.fromEntries(headers);
    this.rawHeaders = Object.entries(this.headers).flat();
    this.socket = { remoteAddress: socket.remoteAddress, encrypted: /^(https|wss):/.test(protocol) };
    this.connection = this.socket;
  }
}
