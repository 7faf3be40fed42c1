import { isDefinition } from "../../core/contract/definition.ts";
import type { NativePubSub, Transport } from "../../core/contract/transport.ts";
import { type Compression, compressionOf } from "../../core/protocol/deflate/compression.ts";
import { liveRoom } from "../../core/rooms/registry.ts";
import { linger } from "../../core/session/ledger.ts";
import { Session, type SessionHost } from "../../core/session/session.ts";
import { Exchange } from "../../core/upgrade/exchange.ts";
import { type Acceptance, type Outcome, type RefusedOpen, release } from "../../core/upgrade/negotiate.ts";

import {
  type FetchApp,
  type HostArguments,
  hostRefusal,
  serveAttempt,
  type Target,
  useTarget,
} from "../../core/upgrade/serve.ts";

import { FetchHost, type FetchHostOptions } from "../shared/fetch-host.ts";
import { executionContext, platform } from "../shared/platform.ts";
import type {
  BunServer,
  BunSocket,
  BunUpgradeOptions,
  BunWebSocketHandler,
  Middleware,
} from "../shared/runtime-types.ts";

/** Options of {@link bun} and {@link sockets}. */
export interface BunOptions<Env = unknown> extends FetchHostOptions<Env> {
  /**
   * Whether clients of an app's sockets may compress: Bun has one setting for all sockets of a server. A definition that is
   * served by itself decides by its own `compression`. Default false.
   */
  readonly compression?: boolean | undefined;
}

/** Bun 1.4.5 (2026-11) keeps what a closed socket was sent for so long, when its peer does not read. */
const LINGER_MS = 15_000;

declare const setTimeout: (run: () => void, ms: number) => { unref(): void };

/** What `Bun.serve` takes. */
export interface BunHandler {
  fetch(request: Request, server: BunServer): Response | undefined | Promise<Response | undefined>;
  readonly websocket: BunWebSocketHandler;
}

/** The `websocket` of a server whose app uses {@link sockets}. Any message over 16 MiB closes with 1009. */
export const websocket: BunWebSocketHandler = {
  // Of the whole server: the session enforces what each definition allows.
  maxPayloadLength: 1 << 24,
  // Bun 1.4.5 (2026-11) drops messages silently past this limit; the session closes at `limits.bufferedBytes`.
  backpressureLimit: 2 ** 31 - 1,
  // Seconds. Bun 1.4.5 (2026-11) pings shortly before it, and only cuts a peer that does not answer.
  idleTimeout: 30,
  open: (socket) => (socket.data as BunTransport).opened(socket),
  message: (socket, data) => (socket.data as BunTransport).received(data),
  pong: (socket) => (socket.data as BunTransport).ponged(),
  drain: (socket) => (socket.data as BunTransport).flushed(),
  close: (socket, code, reason) => (socket.data as BunTransport).ended(code, reason),
};

/**
 * Serves a definition, or an app whose routes decide: `export default bun(chat)`, or spread into `Bun.serve` beside a
 * port. In an app, any message over 16 MiB closes with 1009: raise `websocket.maxPayloadLength` for more.
 * Throws a TypeError for a target that is neither, for a name that stands for another definition in use, and for `proxies` that are no
 * CIDR blocks.
 */
export function bun<Env>(target: Target<Env>, ...[options = {}]: HostArguments<BunOptions<Env>, Env>): BunHandler {
  const host = new FetchHost(options, "bun", ["compression"]);
  useTarget(target);
  const own = isDefinition(target) ? target : undefined;
  const served = isDefinition(target) ? target : answering(target);
  const maxPayloadLength = Math.max(websocket.maxPayloadLength, own?.limits.messageBytes ?? 0);
  const perMessageDeflate = deflateOf(own ? own.compression : compressionOf(options.compression));
  return {
    fetch(request, server) {
      const failed = (error: unknown) => host.failed(error);
      try {
        const appEnv = { ...options.env, server };
        const attempt = host.attempt(request, server?.requestIP(request)?.address);
        const outcome = serveAttempt(served, attempt, appEnv, executionContext(host.observe));
        const answer = (settled: Outcome) =>
          settled.kind === "answer" && settled.response === ANSWERED
            ? undefined
            : host.answer(settled, (decided) => open(request, server, host, decided));
        // Bun 1.4.5 (2026-11) refuses frames that come before `upgrade()` unless only microtasks delay it.
        return "then" in outcome ? outcome.then(answer).catch(failed) : answer(outcome);
      } catch (error) {
        return failed(error);
      }
    },
    websocket: {
      ...websocket,
      maxPayloadLength,
      perMessageDeflate,
      ...(own && !own.heartbeat && { idleTimeout: 0, sendPings: false }),
    },
  };
}

/**
 * Opens the sockets of an app that is exported bare: `app.use(sockets())` before every other middleware, and
 * `export default { fetch: app.fetch, websocket }`.
 */
export function sockets<Env>(options: BunOptions<Env> = {}): Middleware {
  const host = new FetchHost(options, "sockets", ["compression"]);
  return async (c, next) => {
    const request = c.req.raw;
    const server = serverOf(c.env);
    const attempt = host.attempt(request, server?.requestIP(request)?.address);
    const misaddressed = hostRefusal(attempt);
    if (misaddressed) {
      c.res = misaddressed;
      return;
    }
    const exchange = new Exchange(attempt, request);
    await exchange.during(next);
    const decided = exchange.settle(c.res);
    if (!decided) return;
    const native = host.answer(decided, (agreed) => open(request, server, host, agreed));
    // Hono would copy the headers of the response that is replaced.
    c.res = undefined;
    c.res = native ?? new Response(null);
  };
}

/** Bun 1.4.5 (2026-11) answers unasked that it forgets, and that clients have to where their context is shared. */
function deflateOf(compression: Compression | undefined): NonNullable<BunWebSocketHandler["perMessageDeflate"]> {
  if (!compression) return false;
  const { serverNoContextTakeover, clientNoContextTakeover } = compression;
  return {
    compress: serverNoContextTakeover ? "shared" : "dedicated",
    decompress: clientNoContextTakeover ? "shared" : "dedicated",
  };
}

/** Bun gives the server to an app's `fetch` as its environment; a wrapper may have put it inside one. */
function serverOf(env: unknown): BunServer | undefined {
  const { server = env } = (env ?? {}) as { server?: unknown };
  return typeof (server as Partial<BunServer> | undefined)?.upgrade === "function" ? (server as BunServer) : undefined;
}

/** Stands for the nothing that an app returns when it has upgraded a request by itself, as Bun lets it. */
const ANSWERED = new Response(null);

function answering(app: FetchApp): FetchApp {
  return { fetch: async (...given) => (await app.fetch(...given)) ?? ANSWERED };
}

/** Undefined once the socket is open: Bun has answered by itself. */
function open(
  request: Request,
  server: BunServer | undefined,
  host: FetchHost,
  decided: Acceptance | RefusedOpen,
): Response | undefined {
  if (!server) return host.refused(decided, false, NO_SERVER);
  const { headers = new Headers(), snapshot } = decided;
  // Bun 1.4.5 (2026-11) echoes the client's first offer unless the header is there; an empty one is not sent.
  headers.set("sec-websocket-protocol", snapshot.protocol);
  const options: BunUpgradeOptions = { headers, data: new BunTransport(decided, host, server) };
  try {
    if (server.upgrade(request, options as never)) return undefined;
  } catch (error) {
    // Bun 1.4.5 (2026-11) throws where it was given no `websocket`.
    return host.refused(decided, false, `${error}. ${NO_WEBSOCKET}`);
  }
  return host.refused(decided, request.signal.aborted, COPIED);
}

const NO_SERVER = "Bun's server did not come with the request: pass it on, as in app.fetch(request, server)";
const NO_WEBSOCKET =
  "It is that of onesocket/bun: export default { fetch: app.fetch, websocket }, or export default bun(app) for both";
const COPIED = "Bun upgrades the request that it gave itself, and once: pass on that one, not a copy";

/** The `data` of a native socket: what was decided and, once it is open, its session. */
class BunTransport implements Transport, NativePubSub {
  raw!: BunSocket;
  readonly #decided: Acceptance | RefusedOpen;
  readonly #host: SessionHost;
  readonly server: BunServer;
  #session: Session | undefined;
  #waiting: (() => void)[] | undefined;
  #subscribed = false;

  constructor(decided: Acceptance | RefusedOpen, host: SessionHost, server: BunServer) {
    this.#decided = decided;
    this.#host = host;
    this.server = server;
  }

  opened(socket: BunSocket): void {
    this.raw = socket;
    socket.binaryType = "uint8array";
    const decided = this.#decided;
    if (decided.kind === "refuse") socket.close(decided.refusal.code, decided.refusal.reason);
    else this.#begin(decided);
  }

  #begin({ definition, snapshot, place }: Acceptance): void {
    this.#session = new Session(definition, snapshot, liveRoom(definition, snapshot.room), this, this.#host, place);
    this.#session.opened();
  }

  received(data: string | Uint8Array<ArrayBuffer>): void {
    this.#session?.receiveMessage(data);
  }

  ponged(): void {
    this.#session?.receivePong();
  }

  flushed(): void {
    if (this.raw.getBufferedAmount() > 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const resolve of waiting ?? []) resolve();
  }

  /** Bun 1.4.5 (2026-11) tells 1006 for a lost peer and for one that broke the protocol; it closes ours as soon as sent. */
  ended(code: number, reason: string): void {
    release(this.#decided);
    this.#session?.closed(code, reason, code !== 1006);
    this.flushed();
  }

  send(data: string | Uint8Array<ArrayBuffer>): number {
    const sent = this.raw.send(data, this.#compresses(data));
    // 0 or -1: what was not written now is buffered, or dropped. Not asked otherwise: a native call costs.
    return sent > 0 ? 0 : this.raw.getBufferedAmount();
  }

  #compresses(data: string | Uint8Array<ArrayBuffer>): boolean {
    const { compression } = this.#decided.definition;
    return compression !== undefined && data.length >= compression.threshold;
  }

  /** Bun 1.4.5 (2026-11) keeps what is published in order with what is sent, before a Close too, and drops none of it. */
  get pubSub(): NativePubSub {
    return this;
  }

  subscribe(channel: string): void {
    this.raw.subscribe(channel);
    this.#subscribed = true;
  }

  unsubscribe(channel: string): void {
    this.raw.unsubscribe(channel);
  }

  publish(channel: string, data: string | Uint8Array<ArrayBuffer>, others: boolean): void {
    (others ? this.raw : this.server).publish(channel, data, this.#compresses(data));
  }

  close(code: number, reason: string): void {
    const buffered = this.raw.getBufferedAmount();
    if (buffered > 0) setTimeout(linger(buffered), LINGER_MS).unref();
    this.raw.close(code, reason);
  }

  terminate(): void {
    this.raw.terminate();
  }

  ping(): void {
    this.raw.ping();
  }

  get pingsItself(): boolean {
    return true;
  }

  bufferedAmount(): number {
    return this.raw.getBufferedAmount();
  }

  async drained(): Promise<void> {
    // What was published is written at the end of this turn.
    if (this.#subscribed) await new Promise<void>((resolve) => platform.after(0, resolve));
    if (this.raw.getBufferedAmount() === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  pause(): void {
    this.raw.pause();
  }

  resume(): void {
    this.raw.resume();
  }
}
