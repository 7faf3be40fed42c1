import type { SocketDefinition } from "../../core/contract/definition.ts";
import { type Message, READY_STATE } from "../../core/contract/socket.ts";
import type { Transport } from "../../core/contract/transport.ts";
import { liveRoom } from "../../core/rooms/registry.ts";
import { linger } from "../../core/session/ledger.ts";
import { Session, type SessionHost } from "../../core/session/session.ts";
import { Exchange } from "../../core/upgrade/exchange.ts";
import { type Acceptance, type RefusedOpen, release } from "../../core/upgrade/negotiate.ts";
import { sendable } from "../../core/upgrade/sendable.ts";
import { type HostArguments, hostRefusal, serveAttempt, type Target, useTarget } from "../../core/upgrade/serve.ts";
import { FetchHost, type FetchHostOptions } from "../shared/fetch-host.ts";
import { executionContext, platform } from "../shared/platform.ts";
import type { DenoCloseEvent, DenoInfo, DenoNamespace, DenoSocket, Middleware } from "../shared/runtime-types.ts";
import { Outgoing } from "./outgoing.ts";

declare const Deno: DenoNamespace;

/**
 * Milliseconds that a socket keeps its place until it opens. Deno 2.9.5 (2026-11) upgrades a client that has gone a moment before too,
 * and the socket then stays CONNECTING, without any event.
 */
const OPENING_MS = 1000;

/** Options of {@link deno} and {@link sockets}. */
export type DenoOptions<Env = unknown> = FetchHostOptions<Env>;

/** What `deno serve` takes; its `fetch` is what `Deno.serve` takes. */
export interface DenoHandler {
  fetch(request: Request, info: DenoInfo): Promise<Response>;
}

/**
 * Serves a definition, or an app whose routes decide: `export default deno(chat)`, or `Deno.serve(deno(chat).fetch)`.
 * Throws a TypeError for a target that is neither, for a name that stands for another definition in use, and for `proxies` that are no
 * CIDR blocks.
 */
export function deno<Env>(target: Target<Env>, ...[options = {}]: HostArguments<DenoOptions<Env>, Env>): DenoHandler {
  const host = new FetchHost(options, "deno");
  useTarget(target);
  return {
    async fetch(request, info) {
      try {
        const appEnv = { remoteAddr: info?.remoteAddr, ...options.env };
        const attempt = host.attempt(request, peerOf(info));
        const outcome = await serveAttempt(target, attempt, appEnv, executionContext(host.observe));
        return sendable(
          host.answer(outcome, (decided) => open(request, host, decided)),
          host.observe,
        );
      } catch (error) {
        return host.failed(error);
      }
    },
  };
}

/**
 * Opens the sockets of an app that is exported bare, or given to `Deno.serve` as `app.fetch`: `app.use(sockets())`
 * before every other middleware.
 */
export function sockets<Env>(options: DenoOptions<Env> = {}): Middleware {
  const host = new FetchHost(options, "sockets");
  return async (c, next) => {
    const request = c.req.raw;
    const attempt = host.attempt(request, peerOf(c.env));
    const misaddressed = hostRefusal(attempt);
    if (misaddressed) {
      c.res = misaddressed;
      return;
    }
    const exchange = new Exchange(attempt, request);
    await exchange.during(next);
    const decided = exchange.settle(c.res) ?? { kind: "answer", response: c.res };
    const native = sendable(
      host.answer(decided, (agreed) => open(request, host, agreed)),
      host.observe,
    );
    if (native === c.res) return;
    // Hono would copy the headers of the response that is replaced.
    c.res = undefined;
    c.res = native;
  };
}

/** Deno gives its `info` to an app's `fetch` as its environment. */
function peerOf(env: unknown): string | undefined {
  return (env as Partial<DenoInfo> | undefined)?.remoteAddr?.hostname;
}

/** The response must be returned: Deno 2.9.5 (2026-11) ends the process otherwise. */
function open(request: Request, host: FetchHost, decided: Acceptance | RefusedOpen): Response {
  const { headers, definition, snapshot } = decided;
  try {
    const { socket, response } = Deno.upgradeWebSocket(request, idleTimeout(definition));
    for (const [name, value] of headers ?? []) response.headers.append(name, value);
    // Deno 2.9.5 (2026-11) takes a `protocol` option only from a list that is separated with ", ".
    if (snapshot.protocol) response.headers.set("sec-websocket-protocol", snapshot.protocol);
    new DenoTransport(socket, decided, host);
    if (decided.kind === "accept" && decided.place) platform.after(OPENING_MS, () => release(decided));
    return response;
  } catch (error) {
    return host.refused(decided, false, `${error}. A request is upgraded once, while its client is there`);
  }
}

/** Deno 2.9.5 (2026-11) pings at half of `idleTimeout`, in seconds, and cuts a peer that does not answer; by default at 15. */
function idleTimeout({ heartbeat }: SocketDefinition): { idleTimeout?: number } {
  if (!heartbeat) return { idleTimeout: 0 };
  return heartbeat.asked ? { idleTimeout: Math.ceil((heartbeat.everyMs + heartbeat.timeoutMs) / 1000) } : {};
}

/** One native socket: what was decided and, once it is open, its session. */
class DenoTransport implements Transport {
  readonly raw: DenoSocket;
  readonly #outgoing: Outgoing;
  #session: Session | undefined;
  /** Ends what is counted as Deno's. */
  #letGo: (() => void) | undefined;

  constructor(raw: DenoSocket, decided: Acceptance | RefusedOpen, host: SessionHost) {
    this.raw = raw;
    this.#outgoing = new Outgoing(raw);
    raw.binaryType = "arraybuffer";
    raw.addEventListener("open", () => {
      if (decided.kind === "refuse") this.close(decided.refusal.code, decided.refusal.reason);
      else this.#begin(decided, host);
    });
    raw.addEventListener("message", ({ data }) =>
      this.#session?.receiveMessage(typeof data === "string" ? data : new Uint8Array(data)),
    );
    raw.addEventListener("close", (event) => {
      release(decided);
      this.#ended(event);
    });
  }

  #begin({ definition, snapshot, place }: Acceptance, host: SessionHost): void {
    this.#session = new Session(definition, snapshot, liveRoom(definition, snapshot.room), this, host, place);
    this.#session.opened();
  }

  /**
   * Deno 2.9.5 (2026-11) tells 0 of a lost peer and 1001 of one that left a ping unanswered, neither clean. During our
   * own Close it tells a clean 1005 of a lost peer, and cuts the connection with 0 when anything but a Close comes.
   */
  #ended({ code, reason, wasClean }: DenoCloseEvent): void {
    this.drop();
    this.#letGo?.();
    const closing = this.#session?.readyState === READY_STATE.CLOSING;
    const lost = closing ? code === 1005 : !wasClean;
    this.#session?.closed(lost ? 1006 : code, reason, wasClean && !lost);
  }

  send(data: Message): number {
    this.#outgoing.send(data);
    return this.#outgoing.cost;
  }

  /** In a later turn: Deno 2.9.5 (2026-11) drops the Close when a message that it has read already comes after it. */
  close(code: number, reason: string): void {
    this.#outgoing.finally(() => platform.after(0, () => this.#close(code, reason)));
  }

  /** Deno 2.9.5 (2026-11) tells a `bufferedAmount` of 0 from then on, and keeps what it has until the peer reads or is gone. */
  #close(code?: number, reason?: string): void {
    this.#letGo ??= linger(this.#outgoing.withDeno);
    try {
      this.raw.close(code, reason);
    } catch {
      // It runs in a timer, where a throw would end the process.
      this.raw.close();
    }
  }

  /** Deno 2.9.5 (2026-11) can't cut a connection: a Close asks the peer to end it, and we listen no more. */
  terminate(): void {
    this.drop();
    this.#close();
    this.#session?.closed(1006, "", false);
  }

  bufferedAmount(): number {
    return this.#outgoing.bytes;
  }

  held(): number {
    return this.#letGo ? 0 : this.#outgoing.cost;
  }

  drop(): void {
    this.#outgoing.drop();
  }

  /** Asks again and again: Deno 2.9.5 (2026-11) has no event for it. */
  async drained(): Promise<void> {
    while (this.raw.readyState === READY_STATE.OPEN && this.bufferedAmount() > 0) {
      await new Promise<void>((resolve) => platform.after(10, resolve));
    }
  }
}
