import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { isDefinition } from "../core/definition.ts";
import type { Drained, DrainOptions } from "../core/drain.ts";
import type { FetchApp, HostOptions, Target } from "../core/host.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type AttachOptions, Upgrader } from "./node-upgrader.ts";
import { consoleObserver, executionContext } from "./platform.ts";

export type { Drained, DrainOptions } from "../core/drain.ts";
export type { AttachOptions } from "./node-upgrader.ts";

/** Options of {@link serve}. */
export interface ServeOptions<Env = unknown> extends AttachOptions<Env> {
  /** 0 for any free port. Default 3000. */
  readonly port?: number | undefined;
  /** Default: every interface. */
  readonly hostname?: string | undefined;
  /** Key and certificate, for https and wss. */
  readonly tls?: TlsOptions | undefined;
}

/** What {@link attach} returns. */
export interface Attached {
  /**
   * Leaves gently: refuses handshakes from now on (503 `DRAINING` with Retry-After), closes every socket, spread over
   * `overMs`, and tells how they left when they and their handlers are gone. The server goes on to listen.
   */
  drain(options?: DrainOptions): Promise<Drained>;
  /** Takes no more handshakes, closes every socket with 1001, and resolves when they are gone. */
  close(): Promise<void>;
}

/** What {@link serve} returns. */
export interface NodeServer extends Attached {
  /** Node's own server. */
  readonly server: Server;
  /** The port that it listens on. */
  readonly port: number;
  /** For a client on this machine, such as `ws://localhost:3000`. */
  readonly url: string;
}

/**
 * Serves the upgrades of an existing http or https server: those of a definition, or of an app's routes. Where no other
 * `upgrade` listener is there to answer, what nobody takes gets 404. Plain requests stay the server's own.
 */
export function attach<Env>(server: Server, target: Target, options: AttachOptions<Env> = {}): Attached {
  return listen(server, new Upgrader(target, options));
}

function listen(server: Server, upgrader: Upgrader): Attached {
  const listener = (request: IncomingMessage, socket: NetSocket, head: Buffer) =>
    void upgrader.upgrade(request, socket, head, server.listenerCount("upgrade") === 1).catch(() => socket.destroy());
  server.on("upgrade", listener);
  return {
    drain: (options) => upgrader.drain(options),
    close() {
      server.off("upgrade", listener);
      return upgrader.close();
    },
  };
}

/**
 * Serves a definition, or an app with its WebSocket routes. Resolves when it accepts connections; rejects when
 * the port is taken. An app's plain requests go through the optional peer `@hono/node-server`.
 */
export async function serve<Env>(target: Target, options: ServeOptions<Env> = {}): Promise<NodeServer> {
  const upgrader = new Upgrader(target, options);
  const requests = isDefinition(target) ? upgrader.request : await appRequests(target, options);
  const { handshakeMs } = isDefinition(target) ? target.limits : DEFAULT_LIMITS;
  const rules = { ...SERVER, headersTimeout: handshakeMs, connectionsCheckingInterval: Math.min(handshakeMs, 1000) };
  const server = options.tls
    ? createSecureServer({ ...rules, handshakeTimeout: handshakeMs, ...options.tls })
    : createServer(rules);
  server.on("request", requests);
  const attached = listen(server, upgrader);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 3000, options.hostname, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await attached.close();
    server.closeAllConnections();
    await closed;
  };
  const url = `${options.tls ? "wss" : "ws"}://localhost:${port}`;
  return { server, port, url, drain: attached.drain, close };
}

/** Larger than `limits.headerBytes`, so that the answer to too much is ours: with a code, and alike on every runtime. */
const SERVER = { maxHeaderSize: 65_536 };

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

async function appRequests(app: FetchApp, { env, observe = consoleObserver }: HostOptions): Promise<RequestListener> {
  const { getRequestListener } = await honoServer();
  const context = executionContext(observe);
  return getRequestListener((request, own) => app.fetch(request, { ...(env as object), ...own }, { ...context }));
}

async function honoServer(): Promise<typeof import("@hono/node-server")> {
  try {
    return await import("@hono/node-server");
  } catch (cause) {
    throw new Error("serving an app on Node needs @hono/node-server: npm install @hono/node-server", { cause });
  }
}
