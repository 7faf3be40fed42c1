import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Http2SecureServer, Http2Server, Http2ServerRequest } from "node:http2";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { isDefinition } from "../../core/contract/definition.ts";
import type { HostLimits } from "../../core/contract/limits.ts";
import type { FetchApp, HostArguments, Target } from "../../core/upgrade/serve.ts";
import { type Attached, attachedBy } from "./attached.ts";
import { builtin } from "./builtin.ts";
import { isRead } from "./bytes.ts";
import { lookFirst } from "./first-look.ts";
import { type AttachOptions, checkOptionNames, checkServe, type ServeOptions } from "./options.ts";
import type { NodeResponse } from "./request.ts";
import { join, routerOf } from "./router.ts";
import { type AnyServer, checkServer } from "./server.ts";
import { Upgrader } from "./upgrader.ts";

export type { Drained, DrainOptions } from "../../core/contract/drained.ts";
export type { Attached } from "./attached.ts";
export type { AttachOptions, ServeOptions } from "./options.ts";

/** What {@link serve} returns. */
export interface NodeServer extends Attached {
  /** Node's own server. */
  readonly server: Server | Http2SecureServer;
  /** The port that it listens on. */
  readonly port: number;
  /** For a client on this machine, such as `ws://localhost:3000`, or `ws://[::1]:3000` where `hostname` is one interface's. */
  readonly url: string;
}

/**
 * Serves the WebSockets of an existing http, https or http2 server: those of a definition, or of an app's routes. Several hosts
 * share a server: `path` goes before none, and an app is asked for its routes. What none of them takes is answered 404, after
 * five seconds where other listeners might (of `upgrade`, over HTTP/2 of `connect`). Plain requests stay the server's own, and
 * upgrades to other protocols are plain requests. An http2 server is told to enable the extended CONNECT (RFC 8441) for sessions
 * that begin later; a `stream` listener of its own must leave `CONNECT` alone. Whoever is given a server's upgrades, but not the
 * server, takes `handler` of `onesocket/node/handler` instead. Throws a TypeError for what is no such server, for options that make no
 * sense, for what can't be served, for a name that stands for another definition in use, and for a second broker in a process.
 */
export function attach<Env>(
  server: Server | Http2Server | Http2SecureServer,
  target: Target<Env>,
  ...[options = {}]: HostArguments<AttachOptions<Env>, Env>
): Attached {
  checkServer(server);
  checkOptionNames(options, "attach");
  const upgrader = new Upgrader(target, options);
  return attachedBy(upgrader, listen(server, upgrader, false));
}

/** Has a host take a server's handshakes. Returns what closes the host. */
function listen(server: AnyServer, upgrader: Upgrader, isOwn: boolean): () => Promise<void> {
  const leave = join(server, upgrader, isOwn);
  return async () => {
    await upgrader.close();
    // Only now: a handshake that came meanwhile was refused as DRAINING, and not taken for a plain request.
    leave();
  };
}

/**
 * Serves a definition, or an app with its WebSocket routes. Resolves when it accepts connections. An app's plain requests go through
 * the optional peer `@hono/node-server`. Rejects with Node's error where it can't listen, such as for a port that is taken; with an
 * Error where that peer is missing; and with a TypeError for options that make no sense, for what can't be served, for a name that
 * stands for another definition in use, and for a second broker in a process.
 */
export async function serve<Env>(
  target: Target<Env>,
  ...[options = {}]: HostArguments<ServeOptions<Env>, Env>
): Promise<NodeServer> {
  checkServe(options);
  const upgrader = new Upgrader(target, options);
  return await begin(target, options, upgrader).catch(async (error) => {
    // That gives the name back, and leaves the broker.
    await upgrader.close();
    throw error;
  });
}

async function begin(target: Target, options: ServeOptions, upgrader: Upgrader): Promise<NodeServer> {
  const server = await serverFor(target, options, upgrader);
  const look = () => lookFirst(server as Server, looksMs(upgrader.limits), upgrader, () => routerOf(server));
  const endSilent = options.tls ? () => {} : look();
  const closeHost = listen(server, upgrader, true);
  // After `look`, which takes the place of Node's own listener: one that is called before would delay the reading. What is not read by
  // us then has to be tracked as well, for it may never bring a request.
  server.on("connection", (socket: NetSocket) => isRead(socket) || upgrader.track(socket));
  await listening(server, options);
  server.on("error", (error) => upgrader.tellError(error));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await closeHost();
    endSilent();
    upgrader.cutAll();
    await closed;
  };
  const url = `${options.tls ? "wss" : "ws"}://${clientHost(options.hostname)}:${port}`;
  return { ...attachedBy(upgrader, close), server, port, url };
}

/** Where a client on this machine finds who listens there: an address of one interface answers at no other. */
function clientHost(hostname = "localhost"): string {
  if (["", "0.0.0.0", "::", "127.0.0.1"].includes(hostname)) return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

async function serverFor(
  target: Target,
  options: ServeOptions,
  upgrader: Upgrader,
): Promise<Server | Http2SecureServer> {
  const requests = isDefinition(target) ? upgrader.request : await appRequests(target, upgrader);
  return createFor(options, upgrader.limits).on("request", requests);
}

async function listening(
  server: Server | Http2SecureServer,
  { port = 3000, hostname, reusePort }: ServeOptions,
): Promise<void> {
  const where = { port: Number(port), host: hostname, ...(reusePort && { reusePort }) };
  // Rejects for an error that comes first, such as EADDRINUSE.
  await once(server.listen(where), "listening");
}

/** Each kind of server overlooks the options that only the others have. */
function createFor({ tls, http2 }: ServeOptions, limits: HostLimits): Server | Http2SecureServer {
  const { handshakeMs, streamsPerConnection: maxConcurrentStreams } = limits;
  const options = {
    // Larger than `limits.headerBytes`, so that the answer to too much is ours: with a code, and alike on every runtime.
    maxHeaderSize: 65_536,
    headersTimeout: tls ? handshakeMs : handshakeMs - looksMs(limits),
    connectionsCheckingInterval: Math.min(handshakeMs, 1000),
    handshakeTimeout: handshakeMs,
    allowHTTP1: true,
    settings: { maxConcurrentStreams },
    // Without TLS it is asked for later, with the first message that is sent: it is a system call.
    noDelay: tls !== undefined,
    ...tls,
  };
  if (http2) return builtin("http2").createSecureServer(options);
  return (builtin(tls ? "https" : "http") as Pick<typeof import("node:http"), "createServer">).createServer(options);
}

/** Milliseconds in which the first bytes are looked at. After that Node's own time begins. */
function looksMs({ handshakeMs }: HostLimits): number {
  return Math.ceil(Math.min(handshakeMs / 10, 500));
}

type RequestListener = (request: IncomingMessage | Http2ServerRequest, response: NodeResponse) => void;

async function appRequests(app: FetchApp, { env, context }: Upgrader): Promise<RequestListener> {
  // In a `try`, webpack, Rspack and Turbopack build programs that do without it; elsewhere they fail on a peer that is not there.
  try {
    const helper = await import("@hono/node-server");
    return helper.getRequestListener((request, own) =>
      app.fetch(request, { ...(env as object), ...own }, { ...context }),
    );
  } catch (cause) {
    throw new Error("serving an app on Node needs @hono/node-server: npm install @hono/node-server", { cause });
  }
}
