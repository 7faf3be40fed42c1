import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import { Connection } from "../../src/core/protocol/connection.ts";
import type { ConnectionClose } from "../../src/core/protocol/connection-sink.ts";
import type { Extension } from "../../src/core/protocol/extension.ts";
import { viewOf } from "../../src/core/protocol/slab.ts";

/** The answer's headers, with `:status`. */
export type Http2Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** One HTTP/2 connection, for plain requests and for WebSockets (RFC 8441). */
export class Http2Client {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
  }

  /** Connects, and waits for the server's settings, which must allow WebSockets. */
  static async connect(url: string): Promise<Http2Client> {
    const session = connect(url, { rejectUnauthorized: false });
    session.on("error", () => {});
    const [settings] = await once(session, "remoteSettings");
    if (!settings.enableConnectProtocol) throw new Error("the server does not allow the extended CONNECT");
    return new Http2Client(session);
  }

  /** Sends any request, and leaves it open. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream: false });
    stream.on("error", () => {});
    return stream;
  }

  /** Sends an extended CONNECT, and leaves the answer to the test. */
  handshake(path = "/", headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const pseudo = { ":method": "CONNECT", ":protocol": "websocket", ":path": path };
    return this.request({ ...pseudo, "sec-websocket-version": "13", ...headers });
  }

  /** Opens a WebSocket. Rejects when it is refused. */
  async open(path = "/", headers: OutgoingHttpHeaders = {}, extension?: Extension): Promise<Http2Socket> {
    const socket = new Http2Socket(this.handshake(path, headers), extension);
    const { ":status": status } = await socket.answer;
    if (status !== 200) throw new Error(`refused with ${status}`);
    return socket;
  }

  /** The answer to a handshake that is refused, or to a plain request. */
  async answer(stream: ClientHttp2Stream): Promise<{ status: number; headers: Http2Headers; body: string }> {
    const [headers] = (await once(stream, "response")) as [Http2Headers];
    let body = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    await once(stream, "end");
    return { status: headers[":status"] ?? 0, headers, body };
  }

  /** The text that a GET is answered with. */
  async get(path: string): Promise<string> {
    return (await this.answer(this.request({ ":path": path }).end())).body;
  }
}

/** A WebSocket in one stream. What arrives waits until a test asks for it. */
export class Http2Socket {
  readonly stream: ClientHttp2Stream;
  readonly answer: Promise<Http2Headers>;
  /** How the WebSocket ended. */
  readonly closed: Promise<ConnectionClose>;
  /** The code with which the stream was closed: 0 for an end without a reset. */
  readonly over: Promise<number>;
  readonly #connection: Connection;
  readonly #messages: (string | Uint8Array)[] = [];
  #wake: (() => void) | undefined;

  constructor(stream: ClientHttp2Stream, extension?: Extension) {
    this.stream = stream;
    const { promise, resolve } = Promise.withResolvers<ConnectionClose>();
    this.closed = promise;
    const maskKey = () => randomBytes(4).readUInt32BE();
    this.#connection = new Connection(
      { role: "client", maskKey, extension },
      {
        receiveMessage: (data) => {
          this.#messages.push(data);
          this.#wake?.();
        },
        closed: (code, reason, wasClean, failure) => {
          stream.end();
          resolve({ code, reason, wasClean, failure });
        },
      },
      { write: (span) => void stream.write(viewOf(span)) },
    );
    this.answer = once(stream, "response").then(([headers]) => headers as Http2Headers);
    this.answer.catch(() => {});
    this.over = new Promise((end) => stream.on("close", () => end(stream.rstCode)));
    stream.on("data", (chunk: Buffer) => this.#connection.receive(chunk));
    stream.on("end", () => this.#connection.receiveEnd()).on("close", () => this.#connection.receiveEnd());
  }

  send(data: string | Uint8Array): void {
    this.#connection.send(data);
  }

  /** The next message. Rejects when the socket ends before it. */
  async next(): Promise<string | Uint8Array> {
    while (this.#messages.length === 0) {
      const ended = this.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code} before a message`)));
      const arrived = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([ended, arrived]);
    }
    return this.#messages.shift()!;
  }

  /** Sends a message and takes the next one. */
  ask(data: string): Promise<string | Uint8Array> {
    this.send(data);
    return this.next();
  }

  /** Closes, and waits for the end of the closing handshake. */
  close(code?: number, reason?: string): Promise<ConnectionClose> {
    this.#connection.close(code, reason);
    return this.closed;
  }
}
