import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Socket as NetSocket } from "node:net";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { type HeaderSource, isHost } from "../../core/protocol/headers.ts";
import { builtin } from "./builtin.ts";
import { type Client, watchedRequest } from "./watched-request.ts";

/** What Node's own requests, of HTTP/1 and HTTP/2, have in common. */
export type NodeRequest = Pick<
  IncomingMessage,
  "method" | "url" | "httpVersion" | "httpVersionMajor" | "headers" | "rawHeaders"
> & {
  /** None once an HTTP/2 session is gone. */
  readonly socket: NetSocket | undefined;
};

/** Node's own response, of HTTP/1 or HTTP/2. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** The headers of a Node request as the core reads them. */
export class NodeHeaders implements HeaderSource {
  readonly #headers: NodeRequest["headers"];

  constructor(request: NodeRequest) {
    this.#headers = request.headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name] ?? this.#headers[name.toLowerCase()];
    if (typeof value === "string") return value;
    // What every object has, such as its constructor, is no header.
    return Array.isArray(value) ? value.join(", ") : null;
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const name in this.#headers) if (!isPseudo(name)) visit(this.get(name) ?? "", name);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    const pairs: [string, string][] = [];
    this.forEach((value, name) => {
      pairs.push([name, value]);
    });
    return pairs[Symbol.iterator]();
  }
}

/** RFC 9113 §8.3: `:method` and its like are no headers, though Node puts them there. */
function isPseudo(name: string): boolean {
  return name.startsWith(":");
}

/**
 * The URL that the client asked for. Its path is always the target's: a Host that is none is told as localhost, whatever is
 * in it.
 */
export function requestUrl({ socket, headers, url: target = "/" }: NodeRequest): string {
  const scheme = (socket as Partial<TLSSocket> | undefined)?.encrypted ? "https://" : "http://";
  const { host = "localhost" } = headers;
  const origin = scheme + host;
  if (origin === last.origin) {
    // Many sockets have the same URL: then they share the string.
    if (target === last.target) return last.url;
    if (NORMAL_TARGET.test(target)) {
      // Of the origin that is there: one of its own is 48 bytes more for each socket.
      last = { origin: last.origin, target, url: last.origin + target };
      return last.url;
    }
  }
  // RFC 9112 §3.2.2: the host of an absolute form comes before Host.
  const [absolute = "", authority = host] = ABSOLUTE.exec(target) ?? [];
  const base = scheme + (isHost(authority) ? authority : "localhost");
  const url = new URL(base + rooted(target.slice(absolute.length)));
  if (url.origin === origin && base === origin) last = { origin, target: undefined, url: "" };
  return url.href;
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;

/** A path as the URL parser has to be given it: a backslash is no slash in HTTP. */
function rooted(target: string): string {
  const rooted = target.startsWith("/") ? target : `/${target}`;
  return rooted.includes("\\") ? rooted.replace(/^[^?#]*/, (path) => path.replaceAll("\\", "%5C")) : rooted;
}

/**
 * The last origin that the URL parser left as it was, and with it the last such target and the URL of both. Most requests have the
 * same, and not to parse them saves a tenth of a handshake.
 */
let last: { readonly origin: string; readonly target: string | undefined; readonly url: string } = {
  origin: "",
  target: undefined,
  url: "",
};

/** What the URL parser leaves as it is: no dot segments, nothing to escape. */
const NORMAL_TARGET = /^(?!.*\/(?:\.|%2e))\/[\w\-./~%&=?+,:;@!$()*]*$/i;

/**
 * The web's form of a request without a body, which aborts when its client leaves, if one is given. An extended CONNECT becomes what
 * a gateway to HTTP/1.1 would make of it (RFC 8441 §5), so that an app's routes and middleware know it for a handshake.
 */
export function toRequest(request: NodeRequest, url: string, client: Client | undefined): Request {
  const isConnect = request.method === "CONNECT";
  const method = isConnect ? "GET" : (request.method ?? "GET");
  const made = client ? watchedRequest(url, method, client) : new Request(url, { method });
  // Not given to the constructor, which would copy them twice.
  appendHeaders(made.headers, request);
  if (isConnect) {
    made.headers.set("host", request.headers.host ?? "");
    made.headers.set("upgrade", "websocket");
    made.headers.set("connection", "Upgrade");
  }
  return made;
}

function appendHeaders(to: Headers, { rawHeaders }: NodeRequest): void {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!isPseudo(rawHeaders[i]!)) to.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
}

/** What says how long a message is and what becomes of its connection is ours to say (RFC 9112 §6.1, §7.1.2, §9.6). */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding)$/;

/** RFC 9113 §8.2.2: neither have these a place in HTTP/2, where Node throws for them. */
const HTTP1_ONLY = /^(http2-settings|upgrade)$/;

/**
 * The headers of an answer as Node sends them: each Set-Cookie is a field of its own. What belongs to a connection is left out.
 * Throws a RangeError for a status that is not final, such as the 0 of `Response.error()`, and a TypeError for a value that HTTP has
 * no place for, though the web's `Headers` takes it: one with a control character.
 */
export function fieldsOf(
  { status, headers }: Pick<Response, "status" | "headers">,
  http2: boolean,
): OutgoingHttpHeaders {
  if (!(status >= 200 && status <= 599)) throw new RangeError(`a response of status ${status} can't be sent`);
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    builtin("http").validateHeaderValue(name, value);
    if (!HOP_BY_HOP.test(name) && !(http2 && HTTP1_ONLY.test(name))) fields[name] = value;
  }
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) fields["set-cookie"] = cookies;
  return fields;
}

/** Sets the head of a web response, which goes with the first of its body, or with its end. Throws as {@link fieldsOf} does. */
export function setHead(response: Response, to: NodeResponse): void {
  const http2 = "stream" in to;
  const fields = fieldsOf(response, http2);
  for (const name in fields) to.setHeader(name, fields[name]!);
  to.statusCode = response.status;
  if (response.statusText && !http2) to.statusMessage = response.statusText;
}

/** Writes a web response. Resolves when it is written; rejects for what can't be sent, and when the body or the client breaks off. */
export async function writeResponse(response: Response, to: NodeResponse): Promise<void> {
  setHead(response, to);
  await writeBody(to.req.method === "HEAD" ? null : response.body, to);
}

/** Writes a body, if there is one, and ends. Resolves when it is written; rejects when either side breaks off. */
export async function writeBody(body: AsyncIterable<Uint8Array> | null, to: Writable): Promise<void> {
  // Without one too: what `end` is given is never called when the client has gone.
  await pipeline(body ?? [], to);
}
