import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { acceptKey } from "../core/accept-key.ts";
import { isDefinition } from "../core/definition.ts";
import { acceptDeflate } from "../core/deflate-params.ts";
import { failure, failureResponse } from "../core/failures.ts";
import { HTTP1 } from "../core/handshake.ts";
import {
  checkTarget,
  type ExecutionContext,
  type FetchApp,
  type HostOptions,
  serveAttempt,
  type Target,
} from "../core/host.ts";
import type { Acceptance, Attempt, Outcome, RefusedOpen } from "../core/negotiation.ts";
import type { Observer } from "../core/observer.ts";
import { PermessageDeflate } from "../core/permessage-deflate.ts";
import { type Cidr, parseProxies, remoteAddress } from "../core/remote-address.ts";
import { liveRoom } from "../core/rooms.ts";
import { Session, type SessionHost } from "../core/session.ts";
import { nodeZlib } from "./node-deflate.ts";
import { NodeHeaders, requestUrl, toRequest, writeResponse } from "./node-request.ts";
import { endSoon, NodeTransport } from "./node-transport.ts";
import { consoleObserver, executionContext, platform } from "./platform.ts";

/** Options of {@link attach}. */
export interface AttachOptions<Env = unknown> extends HostOptions<Env> {
  /** Proxies, as CIDR blocks, whose `X-Forwarded-For` or `Forwarded` is believed. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** The only path that a definition takes. Default: all of them. */
  readonly path?: string | undefined;
}

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
  /** Takes no more handshakes, closes every socket with 1001, and resolves when they are gone. */
  close(): Promise<void>;
}

/** What {@link serve} returns. */
export interface NodeServer extends Attached {
  readonly server: Server;
  readonly port: number;
  /** For a client on this machine, such as `ws://localhost:3000`. */
  readonly url: string;
}

/** How much may arrive before the handshake is answered; then the client's sending stalls. */
const EARLY_BYTES = 65_536;

/** Takes over the upgrades of one server. */
class Upgrader implements SessionHost {
  readonly env: unknown;
  readonly platform = platform;
  readonly observe: Observer;
  readonly #target: Target;
  readonly #path: string | undefined;
  readonly #proxies: readonly Cidr[];
  readonly #context: ExecutionContext;
  readonly sessions = new Map<Session, NetSocket>();

  constructor(target: Target, options: AttachOptions) {
    checkTarget(target);
    this.env = options.env ?? {};
    this.observe = options.observe ?? consoleObserver;
    this.#target = target;
    this.#path = options.path;
    this.#proxies = parseProxies(options.proxies ?? []);
    this.#context = executionContext(this.observe);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#context.waitUntil(promise);
  }

  /** The `upgrade` event. `alone`: no other listener can answer what we leave. */
  async upgrade(request: IncomingMessage, socket: NetSocket, head: Buffer, alone: boolean): Promise<void> {
    // Before anything else: a reset during an async hook would otherwise be an uncaught error.
    socket.on("error", () => {});
    if (this.#path !== undefined && new URL(requestUrl(request)).pathname !== this.#path) {
      return alone ? this.#answer(request, socket, failureResponse(failure("UNHANDLED_UPGRADE"))) : undefined;
    }
    const early = new EarlyData(socket, head);
    const outcome = this.#decide(request, new ServerResponse(request), early.gone);
    const settled = outcome instanceof Promise ? await early.during(outcome) : outcome;
    if (early.gone.aborted || settled.kind === "gone") socket.destroy();
    else if (settled.kind !== "answer") this.#open(settled, socket, early.chunks);
    else if (alone || settled.response.status !== 404) await this.#answer(request, socket, settled.response);
  }

  /** The `request` event of a server that serves a definition: never a valid handshake. */
  readonly request = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const outcome = await this.#decide(request, response, undefined);
    const answer = outcome.kind === "answer" ? outcome.response : failureResponse(failure("RUNTIME_REFUSED"));
    await writeResponse(answer, response).catch(() => response.destroy());
  };

  #decide(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal | undefined,
  ): Outcome | Promise<Outcome> {
    const appEnv = { ...(this.env as object), incoming: request, outgoing: response };
    return serveAttempt(this.#target, this.#attempt(request, gone), appEnv, { ...this.#context });
  }

  #attempt(request: IncomingMessage, gone: AbortSignal | undefined): Attempt {
    const { env, observe } = this;
    const headers = new NodeHeaders(request);
    const url = requestUrl(request);
    return {
      method: request.method ?? "GET",
      url,
      headers,
      httpVersion: request.httpVersion,
      profile: HTTP1,
      remoteAddress: remoteAddress(request.socket.remoteAddress ?? "", headers, this.#proxies),
      env,
      platform,
      observe,
      gone,
      waitUntil: (promise) => this.waitUntil(promise),
      request: () => toRequest(request, url, gone ?? null),
    };
  }

  #open(decided: Acceptance | RefusedOpen, socket: NetSocket, early: readonly Uint8Array[]): void {
    const { definition, seed, handshake, headers } = decided;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    const { compression, limits } = definition;
    const deflate = compression && acceptDeflate(handshake.extensions, compression);
    socket.write(switching(handshake.key ?? "", seed.protocol, deflate?.response, headers), "latin1");
    const extension = deflate && new PermessageDeflate("server", deflate.params, compression, nodeZlib());
    const transport = new NodeTransport(socket, limits, extension);
    if (decided.kind === "refuse") this.#refuse(decided, transport);
    else this.#begin(decided, transport, early);
  }

  #begin({ definition, seed }: Acceptance, transport: NodeTransport, early: readonly Uint8Array[]): void {
    const session = new Session(definition, seed, liveRoom(definition.name, seed.room), transport, this);
    this.sessions.set(session, transport.raw);
    transport.raw.once("close", () => this.sessions.delete(session));
    session.opened();
    transport.start(session, early);
  }

  #refuse({ refusal, definition }: RefusedOpen, transport: NodeTransport): void {
    const cancel = platform.after(definition.limits.closeMs, () => transport.terminate());
    transport.start({ receive() {}, closed: cancel }, []);
    transport.close(refusal.code, refusal.reason);
  }

  async #answer(request: IncomingMessage, socket: NetSocket, answer: Response): Promise<void> {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    await writeResponse(answer, response).catch(() => socket.destroy());
    endSoon(socket, 1000);
  }

  async close(): Promise<void> {
    const gone = [...this.sessions.values()].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const session of [...this.sessions.keys()]) session.close(1001, "");
    await Promise.all(gone);
  }
}

/** Keeps what the client sends, and notices when it leaves, while an async hook runs. */
class EarlyData {
  readonly chunks: Uint8Array[] = [];
  readonly #socket: NetSocket;
  readonly #gone = new AbortController();
  #bytes = 0;

  constructor(socket: NetSocket, head: Buffer) {
    this.#socket = socket;
    if (head.length > 0) this.chunks.push(head);
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const keep = (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > EARLY_BYTES) this.#socket.pause();
    };
    const leave = () => this.#gone.abort();
    this.#socket.on("data", keep).once("end", leave).once("close", leave);
    try {
      return await work;
    } finally {
      this.#socket.off("data", keep).off("end", leave).off("close", leave);
    }
  }
}

function switching(key: string, protocol: string, extensions: string | undefined, headers: Headers): string {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    ...(extensions ? [`Sec-WebSocket-Extensions: ${extensions}`] : []),
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
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
  const server = options.tls ? createSecureServer({ ...SERVER, ...options.tls }) : createServer(SERVER);
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
  return { server, port, url: `${options.tls ? "wss" : "ws"}://localhost:${port}`, close };
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
