import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { acceptKey } from "../core/accept-key.ts";
import { acceptDeflate } from "../core/deflate-params.ts";
import { type Drained, type DrainOptions, drain } from "../core/drain.ts";
import { failure, failureResponse } from "../core/failures.ts";
import { HTTP1 } from "../core/handshake.ts";
import { checkTarget, type ExecutionContext, type HostOptions, serveAttempt, type Target } from "../core/host.ts";
import type { Acceptance, Attempt, Outcome, RefusedOpen } from "../core/negotiation.ts";
import type { Observer } from "../core/observer.ts";
import { PermessageDeflate } from "../core/permessage-deflate.ts";
import type { Platform } from "../core/platform.ts";
import { type Cidr, parseProxies, remoteAddress } from "../core/remote-address.ts";
import { liveRoom } from "../core/rooms.ts";
import { Session, type SessionHost } from "../core/session.ts";
import { nodeZlib } from "./node-deflate.ts";
import { EarlyData } from "./node-early.ts";
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

/** Takes over the upgrades of one server. */
export class Upgrader implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = platform;
  readonly observe: Observer;
  readonly #target: Target;
  readonly #path: string | undefined;
  readonly #proxies: readonly Cidr[];
  readonly #context: ExecutionContext;
  readonly #sessions = new Map<Session, NetSocket>();
  #draining = false;

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
    if (this.#draining) return this.#answer(request, socket, failureResponse(failure("DRAINING")));
    const early = new EarlyData(socket, head);
    const outcome = this.#decide(request, new ServerResponse(request), early.gone);
    const settled = outcome instanceof Promise ? await early.during(outcome) : outcome;
    if (early.gone.aborted || settled.kind === "gone") socket.destroy();
    else if (this.#draining) await this.#answer(request, socket, failureResponse(failure("DRAINING")));
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
    this.#sessions.set(session, transport.raw);
    transport.raw.once("close", () => this.#sessions.delete(session));
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

  /** From now on handshakes get 503 `DRAINING`. */
  drain(options?: DrainOptions): Promise<Drained> {
    this.#draining = true;
    return drain([...this.#sessions.keys()], platform, options);
  }

  /** Drains with 1001, and waits for the connections too. */
  async close(): Promise<void> {
    const gone = [...this.#sessions.values()].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    await this.drain({ code: 1001 });
    await Promise.all(gone);
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
