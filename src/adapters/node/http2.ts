import type { EventEmitter } from "node:events";
import type { Http2SecureServer, Http2Server, Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { type Failure, failure } from "../../core/contract/failures.ts";
import type { Opening, OpeningSink } from "./opening.ts";
import { OTHERS_MS } from "./others.ts";
import { fieldsOf, type NodeRequest } from "./request.ts";
import { acceptFor } from "./switching.ts";

/**
 * Hands the WebSockets among a server's streams (RFC 8441) to its router, after telling clients that they may come: sessions
 * that begin from now on learn it. Returns what stops it.
 */
export function takeStreams(server: Http2Server | Http2SecureServer, router: OpeningSink): () => void {
  server.updateSettings({ enableConnectProtocol: true });
  const shared = () => server.listenerCount("connect") > 1;
  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, rawHeaders: string[]) => {
    if (headers[":method"] !== "CONNECT" || stream.headersSent || stream.destroyed) return;
    const opening = openingOf(stream, headers, rawHeaders);
    if (headers[":protocol"] === "websocket") router.route(opening, shared() ? OTHERS_MS : undefined);
    else if (!shared()) router.refuse(opening, otherProtocol(headers));
  };
  // Without a listener, a server with a `request` listener answers 405 to CONNECT; HTTP/1's is cut, as Node does it.
  const onConnect = (request: NodeRequest, socket: Duplex) => {
    if (request.httpVersionMajor === 1 && !shared()) socket.destroy();
  };
  const events: EventEmitter = server;
  events.prependListener("stream", onStream).on("connect", onConnect);
  return () => void events.off("stream", onStream).off("connect", onConnect);
}

function otherProtocol(headers: IncomingHttpHeaders): Failure {
  return failure(headers[":protocol"] === undefined ? "NOT_A_HANDSHAKE" : "UPGRADE_NOT_WEBSOCKET");
}

/** How many WebSockets each connection has. */
const counts = new WeakMap<Http2Session, number>();

function count(session: Http2Session, change: 1 | -1): number {
  const streams = (counts.get(session) ?? 0) + change;
  counts.set(session, streams);
  return streams;
}

/** An extended CONNECT: its stream becomes the socket. */
function openingOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: string[]): Opening {
  const { session } = stream;
  if (session) stream.once("close", () => count(session, -1));
  // No Http2ServerRequest: a stream bears but one, and the server's own may be there already.
  const request: NodeRequest = {
    method: headers[":method"],
    url: headers[":path"],
    httpVersion: "2.0",
    httpVersionMajor: 2,
    headers: { ...headers, host: headers[":authority"] ?? headers.host },
    rawHeaders,
    socket: session?.socket,
  };
  return {
    request,
    incoming: request,
    stream,
    streams: session && count(session, 1),
    get answered() {
      return stream.headersSent;
    },
    accept({ protocol, extensions, headers: added }) {
      // RFC 8441 §5.1 has neither key nor answer. Node 26.10's WebSocket (undici 8.10.2) sends one, and fails at a 200 without the other;
      // undici 8.13 does not (November 2026, https://github.com/nodejs/undici).
      const { "sec-websocket-key": key } = headers;
      stream.respond({
        ...(typeof key === "string" && { "sec-websocket-accept": acceptFor(key) }),
        ...(added && fieldsOf({ status: 200, headers: added }, true)),
        ...(protocol && { "sec-websocket-protocol": protocol }),
        ...(extensions && { "sec-websocket-extensions": extensions }),
        ":status": 200,
      });
    },
    begin(answer) {
      stream.respond({ ...fieldsOf(answer, true), ":status": answer.status });
      return stream;
    },
  };
}
