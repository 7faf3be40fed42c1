import type { EventEmitter } from "node:events";
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { Duplex } from "node:stream";
import { failure, failureResponse } from "../core/failures.ts";
import { fieldsOf, type NodeRequest, writeBody } from "./node-request.ts";
import { cut, endSoon } from "./node-transport.ts";
import type { Agreed, Opening, Upgrader } from "./node-upgrader.ts";

/**
 * Hands the WebSockets among a server's streams (RFC 8441) to an upgrader, after telling clients that they may come:
 * sessions that begin from now on learn it. Returns what stops it.
 */
export function takeStreams(server: Http2Server | Http2SecureServer, upgrader: Upgrader): () => void {
  server.updateSettings({ enableConnectProtocol: true });
  const alone = () => server.listenerCount("connect") === 1;
  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, rawHeaders: string[]) => {
    if (headers[":method"] !== "CONNECT" || stream.headersSent || stream.destroyed) return;
    const opening = new Http2Opening(stream, headers, rawHeaders);
    if (headers[":protocol"] === "websocket") void upgrader.upgrade(opening, NOTHING, alone());
    else if (alone()) void opening.answer(failureResponse(failure(otherProtocol(headers))));
  };
  // Without a listener, a server with a `request` listener answers 405 to CONNECT; HTTP/1's is cut, as Node does it.
  const onConnect = (request: NodeRequest, socket: Duplex) => {
    if (request.httpVersionMajor === 1 && alone()) socket.destroy();
  };
  const events: EventEmitter = server;
  events.on("stream", onStream).on("connect", onConnect);
  return () => void events.off("stream", onStream).off("connect", onConnect);
}

const NOTHING = new Uint8Array(0);

function otherProtocol(headers: IncomingHttpHeaders): "NOT_A_HANDSHAKE" | "UPGRADE_NOT_WEBSOCKET" {
  return headers[":protocol"] === undefined ? "NOT_A_HANDSHAKE" : "UPGRADE_NOT_WEBSOCKET";
}

/** An extended CONNECT: its stream becomes the socket. */
class Http2Opening implements Opening {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
  readonly stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) {
    // Not imported: it takes milliseconds to load, and who gave us the server has loaded it.
    const http2 = process.getBuiltinModule("node:http2");
    this.stream = stream;
    const host = headers[":authority"] ?? headers.host;
    this.request = new http2.Http2ServerRequest(stream, { ...headers, host }, {}, rawHeaders);
    this.response = new http2.Http2ServerResponse(stream);
  }

  accept({ protocol, extensions, headers }: Agreed): void {
    this.stream.respond({
      ...fieldsOf(headers, true),
      ...(protocol && { "sec-websocket-protocol": protocol }),
      ...(extensions && { "sec-websocket-extensions": extensions }),
      ":status": 200,
    });
  }

  /** RFC 9113 §8.5: "Any 2xx (Successful) response" would open the socket, so that of a page is not sent. */
  async answer(answer: Response): Promise<void> {
    const { stream } = this;
    const { status, headers, body } = answer.ok ? failureResponse(failure("UNHANDLED_UPGRADE")) : answer;
    stream.respond({ ...fieldsOf(headers, true), ":status": status });
    await writeBody(body, stream).catch(() => cut(stream));
    endSoon(stream, 1000);
  }
}
