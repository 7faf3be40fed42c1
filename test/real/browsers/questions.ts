import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import type { Driven } from "../../helpers/browsers/index.ts";

/** What is asked of a browser's own WebSocket, and what each answered: the words of the documentation's table. */
export interface Question {
  readonly about: string;
  readonly ask: (browser: Driven, site: Site) => Promise<string>;
  /** Of Chromium, Firefox and WebKitGTK. */
  readonly answers: readonly [chromium: string, firefox: string, webkit: string];
}

/** A server of pages without anything, and of sockets that are asked what they were sent. */
export class Site {
  readonly host: string;
  readonly #server: ReturnType<typeof createServer>;
  #accepted = Promise.withResolvers<Accepted>();

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    new WebSocketServer({ server, maxPayload: 2 ** 28 }).on("connection", (socket, request) => {
      this.#accepted.resolve(new Accepted(socket, request));
    });
  }

  static async start(): Promise<Site> {
    const server = createServer((_, response) => {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>page</title>");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Site(server);
  }

  /** The next socket that opens. */
  next(): Promise<Accepted> {
    this.#accepted = Promise.withResolvers();
    return this.#accepted.promise;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A socket at the server. */
export class Accepted {
  readonly socket: ServerSocket;
  readonly offered: string;
  readonly texts: string[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(socket: ServerSocket, request: IncomingMessage) {
    this.socket = socket;
    this.offered = `${request.headers["sec-websocket-extensions"]}`;
    socket.on("message", (data) => this.texts.push(String(data)));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }
}

/** In a page: opens a socket, and tells what comes of closing it so. */
export function closing(browser: Driven, host: string, code?: number, reason?: string): Promise<string> {
  return browser.evaluate(
    async ([url, ...given]) => {
      const ws = new WebSocket(url);
      await new Promise((resolve) => ws.addEventListener("open", resolve));
      try {
        // JSON has no undefined.
        ws.close(given[0] ?? undefined, given[1] ?? undefined);
      } catch (error) {
        ws.close();
        return (error as Error).name;
      }
      return "sent";
    },
    [`ws://${host}/`, code, reason] as const,
  );
}

/** In a page: opens a socket, and tells how it ends by itself, or "opens" when it does not within so many milliseconds. */
export function ending(
  browser: Driven,
  url: string,
  protocols: readonly string[] = [],
  withinMs = 1_500,
): Promise<string> {
  return browser.evaluate(
    ([target, offered, ms]) => {
      const ws = new WebSocket(target, [...offered]);
      return new Promise<string>((resolve) => {
        ws.onclose = ({ code }) => resolve(`${code}`);
        ws.onopen = () =>
          setTimeout(() => {
            resolve("opens");
            ws.close();
          }, ms);
      });
    },
    [url, protocols, withinMs] as const,
  );
}
