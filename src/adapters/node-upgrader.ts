import type { Duplex } from "node:stream";
import type { ConnectBroker } from "../core/broker.ts";
import { useBroker } from "../core/cluster.ts";
import { acceptDeflate } from "../core/deflate-params.ts";
import { type Drained, type DrainOptions, drain } from "../core/drain.ts";
import { failure, failureResponse } from "../core/failures.ts";
import { HTTP1, HTTP2 } from "../core/handshake.ts";
import { checkTarget, type ExecutionContext, type HostOptions, serveAttempt, type Target } from "../core/host.ts";
import type { Acceptance, Attempt, Outcome, RefusedOpen } from "../core/negotiation.ts";
import { type Observer, tell } from "../core/observer.ts";
import { PermessageDeflate } from "../core/permessage-deflate.ts";
import type { Platform } from "../core/platform.ts";
import { type Cidr, parseProxies, remoteAddress } from "../core/remote-address.ts";
import { liveRoom } from "../core/rooms.ts";
import { Session, type SessionHost } from "../core/session.ts";
import { nodeZlib } from "./node-deflate.ts";
import { EarlyData } from "./node-early.ts";
import {
  NodeHeaders,
  type NodeRequest,
  type NodeResponse,
  requestUrl,
  toRequest,
  writeResponse,
} from "./node-request.ts";
import { cut, NodeTransport } from "./node-transport.ts";
import { consoleObserver, executionContext, platform } from "./platform.ts";

/** Options of {@link attach}. */
export interface AttachOptions<Env = unknown> extends HostOptions<Env> {
  /** Proxies, as CIDR blocks, whose `X-Forwarded-For` or `Forwarded` is believed. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** The only path that a definition takes. Default: all of them. */
  readonly path?: string | undefined;
}

/** What the answer to an accepted handshake says. */
export interface Agreed {
  /** `Sec-WebSocket-Key`, "" over HTTP/2. */
  readonly key: string;
  /** The subprotocol, or "". */
  readonly protocol: string;
  readonly extensions: string | undefined;
  /** The decision's. */
  readonly headers: Headers;
}

/** A request for a socket, with what each version of HTTP does in its own way. */
export interface Opening {
  readonly request: NodeRequest;
  /** What an app sees as `outgoing`; none over HTTP/2, where it could spoil what others write. */
  readonly response?: NodeResponse;
  /** What carries the frames once it is accepted. */
  readonly stream: Duplex;
  accept(agreed: Agreed): void;
  /** Sends an HTTP answer instead, and ends. Never rejects. */
  answer(response: Response): Promise<void>;
}

/** Handshakes that a host of ours has answered. */
const taken = new WeakSet<Duplex>();

/** Takes over the upgrades of one server. */
export class Upgrader implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = platform;
  readonly observe: Observer;
  readonly #target: Target;
  readonly #path: string | undefined;
  readonly #proxies: readonly Cidr[];
  readonly #context: ExecutionContext;
  readonly #sessions = new Map<Session, Duplex>();
  readonly #broker: ConnectBroker | undefined;
  #partBroker: (() => Promise<void>) | undefined;
  #draining = false;

  constructor(target: Target, options: AttachOptions) {
    checkTarget(target);
    this.env = options.env ?? {};
    this.observe = options.observe ?? consoleObserver;
    this.#target = target;
    this.#path = options.path;
    this.#proxies = parseProxies(options.proxies ?? []);
    this.#context = executionContext(this.observe);
    this.#broker = options.broker;
  }

  /** Joins the rooms to other processes'. Throws a TypeError when this process uses another broker already. */
  joinBroker(): void {
    if (this.#broker) this.#partBroker = useBroker(this.#broker, this.observe);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#context.waitUntil(promise);
  }

  /** One handshake. `alone`: no other listener can answer what we leave. Never rejects. */
  async upgrade(opening: Opening, head: Uint8Array, alone: boolean): Promise<void> {
    const { stream } = opening;
    // Before anything else: a reset during an async hook would otherwise be an uncaught error.
    // And TLS that was renegotiated too often is told of by an error alone: without an end it would go on.
    stream.on("error", () => stream.destroy());
    await this.#upgrade(opening, head, alone).catch(() => cut(stream));
  }

  async #upgrade(opening: Opening, head: Uint8Array, alone: boolean): Promise<void> {
    const { request, response, stream } = opening;
    if (this.#path !== undefined && new URL(requestUrl(request)).pathname !== this.#path) {
      return alone ? opening.answer(failureResponse(failure("UNHANDLED_UPGRADE"))) : undefined;
    }
    if (this.#draining) return opening.answer(failureResponse(failure("DRAINING")));
    const early = new EarlyData(stream, head);
    const outcome = this.#decide(request, response, early.gone);
    const settled = outcome instanceof Promise ? await early.during(outcome) : outcome;
    const left = settled.kind === "answer" && settled.response.status === 404 && !alone;
    if (early.gone.aborted || settled.kind === "gone") cut(stream);
    else if (left) return;
    else if (taken.has(stream)) this.#tellTaken();
    else await this.#carryOut(settled, opening, early.chunks);
  }

  async #carryOut(
    outcome: Exclude<Outcome, { kind: "gone" }>,
    opening: Opening,
    early: readonly Uint8Array[],
  ): Promise<void> {
    taken.add(opening.stream);
    if (this.#draining) await opening.answer(failureResponse(failure("DRAINING")));
    else if (outcome.kind === "answer") await opening.answer(outcome.response);
    else this.#open(outcome, opening, early);
  }

  /** Two that answered would write into one another's stream. */
  #tellTaken(): void {
    tell(this.observe, { type: "refused", definition: "", failure: failure("ALREADY_UPGRADED"), status: 500 });
  }

  /** The `request` event of a server that serves a definition: never a valid handshake. */
  readonly request = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    const outcome = await this.#decide(request, response, undefined);
    const answer = outcome.kind === "answer" ? outcome.response : failureResponse(failure("RUNTIME_REFUSED"));
    await writeResponse(answer, response).catch(() => response.destroy());
  };

  #decide(
    request: NodeRequest,
    response: NodeResponse | undefined,
    gone: AbortSignal | undefined,
  ): Outcome | Promise<Outcome> {
    const appEnv = { ...(this.env as object), incoming: request, outgoing: response };
    return serveAttempt(this.#target, this.#attempt(request, gone), appEnv, { ...this.#context });
  }

  #attempt(request: NodeRequest, gone: AbortSignal | undefined): Attempt {
    const { env, observe } = this;
    const headers = new NodeHeaders(request);
    const url = requestUrl(request);
    return {
      method: request.method ?? "GET",
      url,
      headers,
      httpVersion: request.httpVersion,
      profile: request.httpVersionMajor === 2 ? HTTP2 : HTTP1,
      protocolPseudo: request.headers[":protocol"]?.toString(),
      remoteAddress: remoteAddress(request.socket?.remoteAddress ?? "", headers, this.#proxies),
      env,
      platform,
      observe,
      gone,
      waitUntil: (promise) => this.waitUntil(promise),
      request: () => toRequest(request, url, gone ?? null),
    };
  }

  #open(decided: Acceptance | RefusedOpen, opening: Opening, early: readonly Uint8Array[]): void {
    const { definition, seed, handshake, headers } = decided;
    const { compression, limits } = definition;
    const deflate = compression && acceptDeflate(handshake.extensions, compression);
    opening.accept({ key: handshake.key ?? "", protocol: seed.protocol, extensions: deflate?.response, headers });
    const extension = deflate && new PermessageDeflate("server", deflate.params, compression, nodeZlib());
    const transport = new NodeTransport(opening.stream, limits, extension);
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
    await this.#partBroker?.();
  }
}
