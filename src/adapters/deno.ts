import { Exchange } from "../core/exchange.ts";
import { failure, failureResponse } from "../core/failures.ts";
import { HTTP1 } from "../core/handshake.ts";
import { checkTarget, type HostOptions, serveAttempt, type Target } from "../core/host.ts";
import type { Acceptance, Attempt, Outcome, RefusedOpen } from "../core/negotiation.ts";
import { type Observer, tell } from "../core/observer.ts";
import { type Cidr, parseProxies, remoteAddress } from "../core/remote-address.ts";
import { liveRoom } from "../core/rooms.ts";
import { Session, type SessionHost } from "../core/session.ts";
import { READY_STATE } from "../core/socket.ts";
import type { Transport } from "../core/transport.ts";
import { consoleObserver, executionContext, platform } from "./platform.ts";
import type { DenoCloseEvent, DenoInfo, DenoNamespace, DenoSocket, Middleware } from "./runtime-types.ts";

declare const Deno: DenoNamespace;

/** Options of {@link deno} and {@link sockets}. */
export interface DenoOptions<Env = unknown> extends HostOptions<Env> {
  /** Proxies, as CIDR blocks, whose `X-Forwarded-For` or `Forwarded` is believed. Default: none. */
  readonly proxies?: readonly string[] | undefined;
}

/** What `deno serve` takes; its `fetch` is what `Deno.serve` takes. */
export interface DenoHandler {
  fetch(request: Request, info: DenoInfo): Promise<Response>;
}

/**
 * Serves a definition, or an app whose routes decide: `export default deno(chat)`, or `Deno.serve(deno(chat).fetch)`.
 * Throws a TypeError for a target that is neither, and for `proxies` that are no CIDR blocks.
 */
export function deno<Env>(target: Target, options: DenoOptions<Env> = {}): DenoHandler {
  checkTarget(target);
  const host = new DenoHost(options);
  return {
    async fetch(request, info) {
      const appEnv = { remoteAddr: info.remoteAddr, ...options.env };
      const attempt = host.attempt(request, info);
      return host.answer(request, await serveAttempt(target, attempt, appEnv, executionContext(host.observe)));
    },
  };
}

/**
 * Opens the sockets of an app that is exported bare, or given to `Deno.serve` as `app.fetch`: `app.use(sockets())`
 * before every other middleware.
 */
export function sockets<Env>(options: DenoOptions<Env> = {}): Middleware {
  const host = new DenoHost(options);
  return async (c, next) => {
    const request = c.req.raw;
    const exchange = new Exchange(host.attempt(request, c.env as Partial<DenoInfo>), request);
    await next();
    const decided = exchange.settle(c.res);
    if (!decided) return;
    const native = host.open(request, decided);
    // Hono would copy the headers of the response that is replaced.
    c.res = undefined;
    c.res = native;
  };
}

/** What all sockets of one server share. */
class DenoHost implements SessionHost {
  readonly env: unknown;
  readonly platform = platform;
  readonly observe: Observer;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly #proxies: readonly Cidr[];

  constructor(options: DenoOptions) {
    this.env = options.env ?? {};
    this.observe = options.observe ?? consoleObserver;
    this.waitUntil = executionContext(this.observe).waitUntil;
    this.#proxies = parseProxies(options.proxies ?? []);
  }

  attempt(request: Request, info: Partial<DenoInfo> | undefined): Attempt {
    const { method, url, headers } = request;
    const peer = info?.remoteAddr?.hostname ?? "";
    return {
      ...this,
      method,
      url,
      headers,
      profile: HTTP1,
      remoteAddress: remoteAddress(peer, headers, this.#proxies),
      // Only when asked for: Deno 2.9.6 (2026-11) aborts a signal that was looked at on success too, with a warning.
      get gone() {
        return request.signal;
      },
      request: () => request,
    };
  }

  answer(request: Request, outcome: Outcome): Response {
    if (outcome.kind === "answer") return outcome.response;
    if (outcome.kind === "gone") return failureResponse(failure("CLIENT_GONE"));
    return this.open(request, outcome);
  }

  /** The response must be returned: Deno 2.9.6 (2026-11) ends the process otherwise. */
  open(request: Request, decided: Acceptance | RefusedOpen): Response {
    const { headers, definition, seed } = decided;
    try {
      // The default idleTimeout of 30 s pings at 15 s, and only cuts a peer that does not answer.
      const { socket, response } = Deno.upgradeWebSocket(request);
      for (const [name, value] of headers) response.headers.append(name, value);
      // Deno 2.9.6 (2026-11) takes a `protocol` option only from a list that is separated with ", ".
      if (seed.protocol) response.headers.set("sec-websocket-protocol", seed.protocol);
      new DenoTransport(socket, decided, this);
      return response;
    } catch (error) {
      const reason = failure("RUNTIME_REFUSED", String(error));
      tell(this.observe, { type: "refused", failure: reason, definition: definition.name });
      return failureResponse(reason, definition.failures);
    }
  }
}

/** One native socket: what was decided and, once it is open, its session. */
class DenoTransport implements Transport {
  readonly raw: DenoSocket;
  #session: Session | undefined;

  constructor(raw: DenoSocket, decided: Acceptance | RefusedOpen, host: SessionHost) {
    this.raw = raw;
    raw.binaryType = "arraybuffer";
    raw.addEventListener("open", () => {
      if (decided.kind === "refuse") this.close(decided.refusal.code, decided.refusal.reason);
      else this.#begin(decided, host);
    });
    raw.addEventListener("message", ({ data }) =>
      this.#session?.receive(typeof data === "string" ? data : new Uint8Array(data)),
    );
    raw.addEventListener("close", (event) => this.#ended(event));
  }

  #begin({ definition, seed }: Acceptance, host: SessionHost): void {
    this.#session = new Session(definition, seed, liveRoom(definition.name, seed.room), this, host);
    this.#session.opened();
  }

  /**
   * Deno 2.9.6 (2026-11) tells 0 of a lost peer and 1001 of one that left a ping unanswered, neither clean. During our
   * own Close it tells a clean 1005 of a lost peer, and cuts the connection with 0 when anything but a Close comes.
   */
  #ended({ code, reason, wasClean }: DenoCloseEvent): void {
    const closing = this.#session?.readyState === READY_STATE.CLOSING;
    const lost = closing ? code === 1005 : !wasClean;
    this.#session?.closed(lost ? 1006 : code, reason, wasClean && !lost);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.raw.send(data);
  }

  /** In a later turn: Deno 2.9.6 (2026-11) drops the Close when a message that it has read already comes after it. */
  close(code: number, reason: string): void {
    platform.after(0, () => this.raw.close(code, reason));
  }

  /** Deno 2.9.6 (2026-11) can't cut a connection: a Close asks the peer to end it, and we listen no more. */
  terminate(): void {
    this.raw.close();
    this.#session?.closed(1006, "", false);
  }

  bufferedAmount(): number {
    return this.raw.bufferedAmount;
  }

  /** Asks again and again: Deno 2.9.6 (2026-11) has no event for it. */
  async drained(): Promise<void> {
    while (this.raw.readyState === READY_STATE.OPEN && this.raw.bufferedAmount > 0) {
      await new Promise<void>((resolve) => platform.after(10, resolve));
    }
  }
}
