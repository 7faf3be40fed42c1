import type { Duplex, Writable } from "node:stream";
import { isDefinition } from "../../core/contract/definition.ts";
import { failure, failureResponse } from "../../core/contract/failures.ts";
import { DEFAULT_LIMITS, type Limits } from "../../core/contract/limits.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import { acceptDeflate } from "../../core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate } from "../../core/protocol/deflate/permessage-deflate.ts";
import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { liveRoom } from "../../core/rooms/registry.ts";
import { checkDrain, type Drained, type DrainOptions, drain } from "../../core/session/drain.ts";
import { Session, type SessionHost } from "../../core/session/session.ts";
import {
  type Acceptance,
  type Attempt,
  type Outcome,
  type RefusedOpen,
  release,
} from "../../core/upgrade/negotiate.ts";
import { type Proxies, parseProxies, type TrustedProxies } from "../../core/upgrade/remote-address.ts";
import {
  type ExecutionContext,
  type HostOptions,
  serveApp,
  serveDefinition,
  type Target,
  useTarget,
} from "../../core/upgrade/serve.ts";
import { consoleObserver } from "../shared/console.ts";
import { processMemory } from "../shared/memory.ts";
import { platform as common, executionContext } from "../shared/platform.ts";
import { sendAnswer } from "./answer.ts";
import { NodeAttempt } from "./attempt.ts";
import { nodeZlib } from "./deflate.ts";
import { EarlyData } from "./early.ts";
import { randomId } from "./id.ts";
import { type NodeRequest, type NodeResponse, requestUrl, writeResponse } from "./request.ts";
import { cut, NodeTransport } from "./transport.ts";

const platform: Platform = { ...common, randomId, memory: processMemory() };

/** Options of {@link attach}. */
export interface AttachOptions<Env = unknown> extends HostOptions<Env> {
  /** Your own proxies, as CIDR blocks: their `X-Forwarded-For` and `X-Forwarded-Host` are believed, or what `header` says. Default: none. */
  readonly proxies?: readonly string[] | Proxies | undefined;
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
  /** The decision's, if it has any. */
  readonly headers: Headers | undefined;
}

/** A request for a socket, with what each version of HTTP does in its own way. */
export interface Opening {
  readonly request: NodeRequest;
  /** What an app sees as `outgoing`, made when first asked for; none over HTTP/2, where it could spoil what others write. */
  readonly response?: NodeResponse;
  /** What carries the frames once it is accepted. */
  readonly stream: Duplex;
  /** Resolves when all that was asked before on this connection is answered; undefined where nothing is to be waited for. */
  readonly before?: Promise<void> | undefined;
  accept(agreed: Agreed): void;
  /** Sends the head of an HTTP answer instead, and returns what its body is written to. Throws for what can't be sent. */
  begin(answer: Response): Writable;
}

/** One function for all sockets. */
function destroyed(this: Duplex): void {
  this.destroy();
}

const ANSWERED = Symbol("answered");

/** A connection. It has the property once a host of ours has answered; a `WeakSet` of all would burden the collector. */
type Known = Duplex & { [ANSWERED]?: true };

/** Takes over the upgrades of one server. */
export class Upgrader implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = platform;
  readonly observe: Observer;
  readonly #target: Target;
  readonly #leaveTarget: () => void;
  readonly #path: string | undefined;
  readonly proxies: TrustedProxies;
  readonly #context: ExecutionContext;
  readonly #known = new Set<Known>();
  /** Those too whose connection is gone, and whose handlers still run. */
  readonly #sessions = new Set<Session>();
  /** One listener for all. */
  readonly #forget: (this: Known) => void;
  readonly #broker: JoinBroker | undefined;
  #partBroker: (() => Promise<void>) | undefined;
  #draining = false;

  constructor(target: Target, options: AttachOptions) {
    this.env = options.env ?? {};
    this.observe = options.observe ?? consoleObserver;
    this.#target = target;
    this.#path = options.path;
    this.proxies = parseProxies(options.proxies);
    this.#context = executionContext(this.observe);
    this.#broker = options.broker;
    const known = this.#known;
    this.#forget = function (this: Known) {
      known.delete(this);
    };
    // Last: what throws before takes no name.
    this.#leaveTarget = useTarget(target);
  }

  /** Joins the rooms to other processes'. Throws a TypeError when this process uses another broker already. */
  joinBroker(): void {
    this.#partBroker = this.#broker?.(this.observe);
  }

  /** Remembers a connection until it is gone. */
  know(stream: Duplex): void {
    if (this.#known.has(stream)) return;
    this.#known.add(stream);
    stream.on("close", this.#forget);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#context.waitUntil(promise);
  }

  left(session: Session): void {
    this.#sessions.delete(session);
  }

  /** One handshake. `alone`: no other listener can answer what we leave. Never throws. */
  upgrade(opening: Opening, head: Uint8Array, alone: boolean): void {
    const { stream } = opening;
    // Before anything else: a reset during an async hook would otherwise be an uncaught error.
    // And TLS that was renegotiated too often is told of by an error alone: without an end it would go on.
    stream.on("error", destroyed);
    try {
      const early = new EarlyData(stream, head);
      const { before } = opening;
      if (before) this.#wait(before, opening, early, alone);
      else this.#upgrade(opening, early, alone);
    } catch (error) {
      this.#break(opening, error);
    }
  }

  /** Our answer would stand before, or among, those to the requests before it. */
  #wait(before: Promise<void>, opening: Opening, early: EarlyData, alone: boolean): void {
    const cancel = platform.after(this.#limits.upgradeMs, () => cut(opening.stream));
    early
      .during(before)
      .then(() => {
        cancel();
        if (early.left || !opening.stream.writable) cut(opening.stream);
        else this.#upgrade(opening, early, alone);
      })
      .catch((error) => this.#break(opening, error));
  }

  /** Synchronous for a definition whose `upgrade` is: a promise for each handshake would cost. */
  #upgrade(opening: Opening, early: EarlyData, alone: boolean): void {
    const { request } = opening;
    if (this.#path !== undefined && new URL(requestUrl(request)).pathname !== this.#path) {
      if (alone) this.answer(opening, failureResponse(failure("UNHANDLED_UPGRADE")));
      return;
    }
    if (this.#draining) {
      this.answer(opening, failureResponse(failure("DRAINING")));
      return;
    }
    const outcome = this.#decide(opening, new NodeAttempt(this, request, early, this.proxies));
    if (!("then" in outcome)) {
      this.#settle(outcome, opening, early, alone);
      return;
    }
    early
      .during(outcome)
      .then((settled) => this.#settle(settled, opening, early, alone))
      .catch((error) => this.#break(opening, error));
  }

  /** Something failed that should not have. */
  #break({ stream }: Opening, error: unknown): void {
    cut(stream);
    tell(this.observe, { type: "error", error, definition: "" });
  }

  #settle(outcome: Outcome, opening: Opening, early: EarlyData, alone: boolean): void {
    const { stream } = opening;
    try {
      if (early.left || outcome.kind === "gone") cut(stream);
      else if (outcome.kind === "answer" && outcome.response.status === 404 && !alone) return;
      else if (ANSWERED in stream) this.#tellTaken();
      else this.#carryOut(outcome, opening, early.chunks);
    } finally {
      release(outcome);
    }
  }

  #carryOut(outcome: Exclude<Outcome, { kind: "gone" }>, opening: Opening, early: readonly Uint8Array[]): void {
    (opening.stream as Known)[ANSWERED] = true;
    if (this.#draining) this.answer(opening, failureResponse(failure("DRAINING")));
    else if (outcome.kind === "answer") this.answer(opening, outcome.response);
    else this.#open(outcome, opening, early);
  }

  /** Sends an HTTP answer instead of opening a socket, and ends. Never throws. */
  answer(opening: Opening, response: Response): void {
    const { request, stream } = opening;
    // RFC 9113 §8.5: "Any 2xx (Successful) response" to a CONNECT would open the socket, so that of a page is not sent.
    const opens = request.httpVersionMajor === 2 && response.ok;
    sendAnswer(opens ? failureResponse(failure("UNHANDLED_UPGRADE")) : response, {
      stream,
      ms: this.#limits.refusalMs,
      begin: (answer) => opening.begin(answer),
      failed: (error) => tell(this.observe, { type: "error", error, definition: "" }),
    });
  }

  /** Two that answered would write into one another's stream. */
  #tellTaken(): void {
    tell(this.observe, { type: "refused", definition: "", failure: failure("ALREADY_UPGRADED"), status: 500 });
  }

  /** The `request` event of a server that serves a definition: never a valid handshake. */
  readonly request = (request: NodeRequest, response: NodeResponse): void => {
    response.on("error", () => {});
    this.#respond(request, response).catch((error) => {
      response.destroy();
      tell(this.observe, { type: "error", error, definition: "" });
    });
  };

  async #respond(request: NodeRequest, response: NodeResponse): Promise<void> {
    const outcome = await this.#decide({ request, response }, new NodeAttempt(this, request, undefined, this.proxies));
    release(outcome);
    const answer = outcome.kind === "answer" ? outcome.response : failureResponse(failure("RUNTIME_REFUSED"));
    // It rejects when the client leaves, too.
    await writeResponse(answer, response).catch(() => response.destroy());
  }

  #decide(asked: Pick<Opening, "request" | "response">, attempt: Attempt): Outcome | Promise<Outcome> {
    const target = this.#target;
    if (isDefinition(target)) return serveDefinition(target, attempt);
    const appEnv = { ...(this.env as object), incoming: asked.request, outgoing: asked.response };
    return serveApp(target, attempt, appEnv, { ...this.#context });
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

  #begin(accepted: Acceptance, transport: NodeTransport, early: readonly Uint8Array[]): void {
    const { definition, seed, place } = accepted;
    const session = new Session(definition, seed, liveRoom(definition, seed.room), transport, this, place);
    this.know(transport.raw);
    this.#sessions.add(session);
    session.opened();
    transport.start(session, early);
  }

  #refuse({ refusal, definition }: RefusedOpen, transport: NodeTransport): void {
    const cancel = platform.after(definition.limits.closeMs, () => transport.terminate());
    transport.start({ receive() {}, closed: cancel }, []);
    transport.close(refusal.code, refusal.reason);
  }

  /** From now on handshakes get 503 `DRAINING`, unless it rejects for its options. */
  async drain(options?: DrainOptions): Promise<Drained> {
    checkDrain(options);
    this.#draining = true;
    return drain([...this.#sessions], platform, options);
  }

  /** Those of its definition; an app's definitions are known when they have decided. */
  get #limits(): Limits {
    return isDefinition(this.#target) ? this.#target.limits : DEFAULT_LIMITS;
  }

  /** Drains with 1001, and waits for the connections too. */
  async close(): Promise<void> {
    const open = [...this.#sessions].map(({ raw }) => raw as Duplex).filter(({ closed }) => !closed);
    const gone = open.map((stream) => new Promise((resolve) => stream.once("close", resolve)));
    await this.drain({ code: 1001 });
    await Promise.all(gone);
    await this.#partBroker?.();
    this.#leaveTarget();
  }

  /** Ends every connection that it knows. */
  cutAll(): void {
    for (const stream of this.#known) stream.destroy();
  }
}
