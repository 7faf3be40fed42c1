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
import { keepAlive } from "./keep-alive.ts";
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
 * that begin later; a `stream` listener of its own must leave `CONNECT` alone.
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
 * Serves a definition, or an app with its WebSocket routes. Resolves when it accepts connections; rejects when
 * the port is taken. An app's plain requests go through the optional peer `@hono/node-server`.
 */
export async function serve<Env>(
  target: Target<Env>,
  ...[options = {}]: HostArguments<ServeOptions<Env>, Env>
): Promise<NodeServer> {
  checkServe(options);
  const upgrader = new Upgrader(target, options);
  return await begin(target, options, upgrader).catch(async (error) => {
    // Its name is free again.
    await upgrader.close();
    throw error;
  });
}

async function begin(target: Target, options: ServeOptions, upgrader: Upgrader): Promise<NodeServer> {
  const server = await serverFor(target, options, upgrader);
  const cutSilent = options.tls ? () => {} : look(server as Server, upgrader);
  const closeHost = listen(server, upgrader, true);
  // Behind what reads first bytes, which would hold it up: a connection that brings none has to be known too.
  server.on("connection", (socket: NetSocket) => isRead(socket) || upgrader.know(socket));
  await listening(server, options);
  server.on("error", (error) => upgrader.tellError(error));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await closeHost();
    cutSilent();
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

/** Plain handshakes go by a shorter way. */
function look(server: Server, upgrader: Upgrader): () => void {
  const waits = (socket: NetSocket) => upgrader.know(socket);
  const passed = (socket: NetSocket) => {
    keepAlive(socket);
    upgrader.know(socket);
  };
  return lookFirst(server, { router: () => routerOf(server), waits, passed, ms: looksMs(upgrader.limits) });
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
  // Rejects for an error that comes before.
  await once(server.listen(where), "listening");
}

/** Each kind of server overlooks what is an option of the others. */
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
    // Those whose first bytes are looked at ask for it later, if at all.
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
  const { getRequestListener } = await import("@hono/node-server").catch((cause) => {
    throw new Error("serving an app on Node needs @hono/node-server: npm install @hono/node-server", { cause });
  });
  return getRequestListener((request, own) => app.fetch(request, { ...(env as object), ...own }, { ...context }));
}
