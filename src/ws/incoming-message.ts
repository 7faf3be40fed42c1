import type { Socket } from "../core/contract/socket.ts";
import { Emitter } from "./emitter.ts";
import { carriedBy } from "./opening.ts";

/** Where a request came from, as far as Node's libraries ask. */
export interface IncomingSocket {
  readonly remoteAddress: string;
  readonly encrypted: boolean;
}

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
    const { headers } = carriedBy(socket);
    this.url = pathname + search;
    this.headers = { host, ...Object.fromEntries(headers) };
    this.rawHeaders = headers.flat();
    this.socket = { remoteAddress: socket.remoteAddress, encrypted: /^(https|wss):/.test(protocol) };
    this.connection = this.socket;
  }
}
