import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { builtin } from "./builtin.ts";
import type { NodeRequest } from "./request.ts";

/**
 * A whole head that nobody could read in two ways: GET of a path, HTTP/1.1, one line for each field, names of letters, digits and
 * hyphens, values of visible ASCII, at most a hundred of them, and nothing behind it.
 */
const PLAIN = /^GET (\/[\w\-./~%&=?+,:;@!$()*]*) HTTP\/1\.1\r\n(?:[A-Za-z\d-]+:[\t\x20-\x7e]*\r\n){1,100}\r\n$/;

/** Bytes of a head. Few are longer, and none of those is in a hurry. */
const MOST_BYTES = 8192;

/** What says more than that a WebSocket is wanted: how long a body is, or that somebody waits. */
const OTHERS = ["content-length", "transfer-encoding", "expect", "trailer", "te", "http2-settings"] as const;

/** As clients write them, and in lower case: to know them takes less time than to make a string of each. */
const NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...["Host", "Upgrade", "Connection", "Origin", "User-Agent", "Cookie", "Pragma", "Cache-Control"],
    ...["Accept-Encoding", "Accept-Language", "Sec-WebSocket-Key", "Sec-WebSocket-Version"],
    ...["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "X-Forwarded-For", "X-Forwarded-Proto"],
  ].map((name) => [name, name.toLowerCase()]),
);

/**
 * A plain handshake, read without a parser. What Node's own parser takes as well, and tells in the same words: the two differ only in
 * that this one knows nothing else.
 */
export class PlainRequest implements NodeRequest {
  readonly method = "GET";
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly isPlain = true;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly socket: NetSocket;
  readonly #head: string;
  #message: IncomingMessage | undefined;

  private constructor(url: string, headers: Record<string, string>, head: string, socket: NetSocket) {
    this.url = url;
    this.headers = headers;
    this.socket = socket;
    this.#head = head;
  }

  /** Undefined for bytes that are anything else than one whole and plain handshake. */
  static read(bytes: Uint8Array, socket: NetSocket): PlainRequest | undefined {
    if (bytes.length > MOST_BYTES || bytes[0] !== G) return undefined;
    const head = (bytes as Buffer).toString("latin1");
    const path = PLAIN.exec(head)?.[1];
    if (path === undefined) return undefined;
    const headers = fieldsOf(head);
    if (!headers || !isHandshake(headers)) return undefined;
    // A part of the head would keep all of it, for as long as the socket is open.
    const url = (bytes as Buffer).toString("latin1", 4, 4 + path.length);
    return new PlainRequest(url, headers, head, socket);
  }

  get rawHeaders(): string[] {
    return this.#head.split("\r\n").slice(1, -2).flatMap(splitLine);
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

const G = 71;

/** By their names in lower case; undefined where one comes twice, or says more than is plain. */
function fieldsOf(head: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const end = head.length - 2;
  for (let at = head.indexOf("\r\n") + 2; at < end; ) {
    const next = head.indexOf("\r\n", at);
    const colon = head.indexOf(":", at);
    const written = head.slice(at, colon);
    const name = NAMES.get(written) ?? written.toLowerCase();
    // What every object has, such as a constructor, is not plain either.
    if (headers[name] !== undefined) return undefined;
    headers[name] = trimmed(head, colon + 1, next);
    at = next + 2;
  }
  return OTHERS.some((name) => headers[name] !== undefined) ? undefined : headers;
}

/** Without the spaces and tabs around it (RFC 9112 §5.1). */
function trimmed(head: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(head.charCodeAt(start))) start++;
  while (end > start && isSpace(head.charCodeAt(end - 1))) end--;
  return head.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), trimmed(line, colon + 1, line.length)];
}

/** Whether Node's parser takes it for an upgrade, and we for one to a WebSocket. */
function isHandshake({ upgrade, connection }: Record<string, string>): boolean {
  return upgrade !== undefined && WEBSOCKET.test(upgrade) && connection !== undefined && UPGRADE.test(connection);
}

const WEBSOCKET = /^websocket$/i;
const UPGRADE = /^(?:keep-alive, ?)?upgrade$/i;
