import type { AddressInfo } from "node:net";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { serve } from "../../src/adapters/node/index.ts";
import { type IncomingRequest, type SocketView, webSocketServer } from "../../src/ws/index.ts";

/** What takes each socket that opens, with its request. */
export type OnConnection = (ws: SocketView, request: IncomingRequest) => unknown;

/** A server that a tool for `ws` is given, either that of `ws` or ours. */
export interface Served {
  readonly server: ReturnType<typeof webSocketServer>;
  readonly url: string;
  close(): Promise<void>;
}

/** The same for both: `ws` itself says what is right. */
export const SERVERS: Readonly<Record<"ws" | "onesocket", () => Promise<Served>>> = {
  async ws() {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    return {
      server: server as never,
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/room?a=1`,
      close: () =>
        new Promise((resolve) => {
          for (const client of server.clients) client.terminate();
          server.close(() => resolve());
        }),
    };
  },
  async onesocket() {
    const server = webSocketServer({ name: "both" });
    const host = await serve(server, { port: 0, hostname: "127.0.0.1", observe: () => {} });
    return { server, url: `ws://127.0.0.1:${host.port}/room?a=1`, close: () => host.close().then(() => {}) };
  },
};

/** A client that is open, with what came to it. */
export class Peer {
  readonly client: WebSocket;
  readonly #came: [data: string, isBinary: boolean][] = [];
  #wake: () => void = () => {};
  readonly closed: Promise<[code: number, reason: string]>;

  constructor(url: string, protocols: string[] = []) {
    this.client = new WebSocket(url, protocols, { headers: { cookie: "a=b", "X-Mine": "yes" } });
    this.client.on("message", (data: RawData, isBinary) => {
      this.#came.push([String(data), isBinary]);
      this.#wake();
    });
    this.client.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.client.once("close", (code, reason) => resolve([code, String(reason)]));
    });
  }

  /** Resolves with the next message. */
  async next(): Promise<[data: string, isBinary: boolean]> {
    while (this.#came.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#came.shift()!;
  }

  opened(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.client.once("open", () => resolve(this));
      this.client.once("error", reject);
      this.client.once("unexpected-response", (_, { statusCode }) => reject(new Error(String(statusCode))));
    });
  }
}
