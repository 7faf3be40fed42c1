import type { Duplex } from "node:stream";
import { isDefinition } from "../../core/contract/definition.ts";
import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import { LEAVING_FAILURES, NODE_FAILURES } from "../../core/contract/failure-texts.ts";
import { addFailures, type Failure, failure, failureResponse } from "../../core/contract/failures.ts";
import { HOST_LIMITS, type HostLimits, type Limits } from "../../core/contract/limits.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import { traceOf } from "../../core/contract/trace.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { liveness } from "../../core/session/liveness.ts";
import { type MemoryBudget, memoryBudget } from "../../core/session/memory-budget.ts";
import type { Session } from "../../core/session/session.ts";
import { SessionRegistry } from "../../core/session/session-registry.ts";
import type { StorageDriver } from "../../core/storage/driver.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { failed } from "../../core/upgrade/failed.ts";
import { type Answer, type Outcome, openSession, release, type Switching } from "../../core/upgrade/outcome.ts";
import { checkProxies, type Proxies } from "../../core/upgrade/remote-address.ts";
import { type ExecutionContext, serveApp, serveDefinition, type Target, useTarget } from "../../core/upgrade/serve.ts";
import { hostObserver, isAskedByEnvironment } from "../shared/host-observer.ts";
import { processMemory } from "../shared/memory.ts";
import { platform as common, executionContext } from "../shared/platform.ts";
import { sendAnswer } from "./answer.ts";
import { appEnv, type EnvSource } from "./app-env.ts";
import { NodeAttempt } from "./attempt.ts";
import type { EarlyData } from "./early.ts";
import { frameTrace } from "./frame-trace.ts";
import { randomId } from "./id.ts";
import { keepAlive } from "./keep-alive.ts";
import type { Opening } from "./opening.ts";
import { type AttachOptions, pathOf } from "./options.ts";
import { type NodeRequest, type NodeResponse, writeResponse } from "./request.ts";
import { NodeTransport } from "./transport.ts";
import { isUntouched } from "./untouched.ts";

addFailures({ ...NODE_FAILURES, ...LEAVING_FAILURES });

const platform: Platform = { ...common, randomId, memory: processMemory() };

/** One host of a server, of which there may be several: a definition or an app, and its sockets. */
export class Upgrader implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = platform;
  readonly observe: Observer;
  readonly storage: StorageDriver | undefined;
  readonly budget: MemoryBudget = memoryBudget;
  readonly liveness: typeof liveness = liveness;
  readonly isUntouched: typeof isUntouched = isUntouched;
  /** The only path that it takes. */
  readonly path: string | undefined;
  readonly proxies: Proxies | undefined;
  readonly context: ExecutionContext;
  readonly #target: Target;
  readonly #leaveTarget: () => Promise<void>;
  readonly #sessions = new SessionRegistry(this);
  /** Connections that no open session has, and that end with the host. */
  readonly #tracked = new Set<Duplex>();
  /** One listener for all of them. */
  readonly #untrack: (this: Duplex) => void;

  /**
   * Throws a TypeError for options whose values make no sense, for what can't be served, for a name that stands for another definition
   * in use, and when this process uses another broker already.
   */
  constructor(target: Target, { env, storage, path, proxies, broker, ...options }: AttachOptions) {
    this.env = env ?? {};
    this.observe = hostObserver(options, isAskedByEnvironment);
    this.storage = storage;
    this.path = pathOf(path);
    checkProxies(proxies);
    this.proxies = proxies;
    this.context = executionContext(this.observe);
    const tracked = this.#tracked;
    this.#untrack = function (this: Duplex) {
      tracked.delete(this);
    };
    this.#target = target;
    // After all that may throw for the options: a host that is not made takes no name.
    this.#leaveTarget = useTarget(target, broker, this.observe);
  }

  /** Has a connection end with the host, unless it is gone by then. */
  track(stream: Duplex): void {
    if (this.#tracked.has(stream)) return;
    this.#tracked.add(stream);
    stream.on("close", this.#untrack);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.context.waitUntil(promise);
  }

  joined(session: Session): void {
    this.#sessions.add(session);
  }

  left(session: Session): void {
    this.#sessions.remove(session);
    const stream = session.raw as Duplex;
    // A closing connection may take its time, but not when the host is to end.
    if (!stream.destroyed) this.track(stream);
  }

  /** Whether it serves an app, whose routes are known only when it has been asked. */
  get isApp(): boolean {
    return !isDefinition(this.#target);
  }

  /** Whether it takes no more handshakes. */
  get draining(): boolean {
    return this.#sessions.draining;
  }

  /** What is to become of a handshake. Synchronous for a definition whose `upgrade` is. */
  ask(opening: Opening, early: EarlyData): Outcome | Promise<Outcome> {
    if ((opening.streams ?? 1) > this.limits.streamsPerConnection) return this.#refused(failure("OVERLOADED"));
    // The web's Request takes no such methods (TRACE, TRACK), and no app answers them.
    if (this.isApp && /^tra(ce|ck)$/i.test(opening.request.method ?? ""))
      return this.#refused(failure("METHOD_NOT_GET"));
    return this.decide(opening, new NodeAttempt(this, opening.request, early, this.proxies));
  }

  /** Does what was decided: opens the socket, or answers. */
  carryOut(outcome: Exclude<Outcome, { kind: "gone" }>, opening: Opening, early: readonly Uint8Array[]): void {
    if (this.draining) this.refuse(opening, failure("DRAINING"));
    else if (outcome.kind === "answer") this.answer(opening, outcome.response);
    else this.#open(outcome, opening, early);
  }

  /** Answers with a failure, and tells of it. Never throws. */
  refuse(opening: Opening, reason: Failure): void {
    this.answer(opening, this.#refused(reason).response);
  }

  #refused(reason: Failure): Answer {
    return failed(reason, this.observe);
  }

  /** Sends an HTTP answer instead of opening a socket, and ends. Never throws. */
  answer(opening: Opening, response: Response): void {
    // RFC 9113 §8.5: "Any 2xx (Successful) response" to a CONNECT would open the socket, so that of a page is not sent.
    const opens = opening.request.headers[":method"] !== undefined && response.ok;
    const sent = opens ? failureResponse(failure("UNHANDLED_UPGRADE")) : response;
    sendAnswer(sent, opening, this.limits.refusalMs, (error) => this.tellError(error));
  }

  /** Tells the observer of an error that nobody else was told of. */
  tellError(error: unknown): void {
    tell(this.observe, { type: "error", error, definition: "" });
  }

  /** Tells that somebody else answers a handshake that it would have taken: both would write into one stream. */
  tellTaken(): void {
    this.#refused(failure("ALREADY_UPGRADED"));
  }

  /** The `request` event of a server that serves a definition: never a valid handshake. */
  readonly request = (request: NodeRequest, response: NodeResponse): void => {
    response.on("error", () => {});
    this.#respond(request, response).catch((error) => {
      response.destroy();
      this.tellError(error);
    });
  };

  async #respond(request: NodeRequest, response: NodeResponse): Promise<void> {
    const outcome = await this.decide(
      { incoming: request, response },
      new NodeAttempt(this, request, undefined, this.proxies),
    );
    release(outcome);
    const answer = outcome.kind === "answer" ? outcome.response : failureResponse(failure("RUNTIME_REFUSED"));
    // Writing rejects also where the client has left, which is nobody's error.
    await writeResponse(answer, response).catch(() => response.destroy());
  }

  /** What is to become of a request. `source`: what an app sees of it as `incoming` and `outgoing`. */
  decide(source: EnvSource, attempt: Attempt): Outcome | Promise<Outcome> {
    const target = this.#target;
    if (isDefinition(target)) return serveDefinition(target, attempt);
    return serveApp(target, attempt, appEnv(this.env, source), { ...this.context });
  }

  #open(decided: Switching, opening: Opening, early: readonly Uint8Array[]): void {
    const { definition, snapshot, handshake, headers } = decided;
    const { compression, limits } = definition;
    const accepted = compression?.accept(handshake.extensions, limits.compressionContexts);
    opening.accept({ key: handshake.key ?? "", protocol: snapshot.protocol, extensions: accepted?.response, headers });
    const trace = traceOf(this.observe);
    const frames = trace && frameTrace(trace, snapshot.id);
    const transport = new NodeTransport(opening.stream, limits, accepted?.open(), frames);
    const session = openSession(decided, transport, this);
    if (session) this.#begin(session, transport, early);
    else this.#awaitClose(transport, limits);
  }

  #begin(session: Session, transport: NodeTransport, early: readonly Uint8Array[]): void {
    // From now on it ends with its session.
    if (this.#tracked.delete(transport.raw)) transport.raw.off("close", this.#untrack);
    if (!session.definition.heartbeat) keepAlive(transport.raw);
    transport.connection.sink = session;
    session.opened();
    transport.read(early);
  }

  /** Waits for the answer to a refusal's Close, at most for `closeMs`. */
  #awaitClose(transport: NodeTransport, { closeMs }: Limits): void {
    const cancel = platform.after(closeMs, () => transport.terminate());
    transport.connection.sink = { receiveMessage() {}, closed: cancel };
    transport.read([]);
    this.track(transport.raw);
  }

  /** From now on handshakes get 503 `DRAINING`, unless it rejects for its options. */
  readonly drain = (options?: DrainOptions): Promise<Drained> => this.#sessions.drain(options);

  /** Its definition's, or of an app the defaults: which definition answers a request is not known before it has been asked. */
  get limits(): HostLimits {
    return isDefinition(this.#target) ? this.#target.limits : HOST_LIMITS;
  }

  /** Drains with 1001, and waits for the connections too. */
  async close(): Promise<void> {
    const open = [...this.#sessions.sessions].map(({ raw }) => raw as Duplex).filter(({ closed }) => !closed);
    const gone = open.map((stream) => new Promise((resolve) => stream.once("close", resolve)));
    await this.drain({ code: 1001 });
    await Promise.all(gone);
    await this.#leaveTarget();
  }

  /** Ends every connection at once, those of open sockets too. */
  cutAll(): void {
    for (const stream of this.#tracked) stream.destroy();
    for (const { raw } of [...this.#sessions.sessions]) (raw as Duplex).destroy();
  }
}
