import type { Drainable, Drained, DrainOptions } from "../../core/contract/drained.ts";
import { LEAVING_FAILURES } from "../../core/contract/failure-texts.ts";
import { addFailures, failure } from "../../core/contract/failures.ts";
import type { Observer } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import type { Platform } from "../../core/contract/platform.ts";
import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { type MemoryBudget, memoryBudget } from "../../core/session/memory-budget.ts";
import type { Session } from "../../core/session/session.ts";
import { SessionRegistry } from "../../core/session/session-registry.ts";
import type { StorageDriver } from "../../core/storage/driver.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { broken, failed } from "../../core/upgrade/failed.ts";
import { isSwitching, type Outcome, release, responseOf, type Switching } from "../../core/upgrade/outcome.ts";
import { checkProxies, type Proxies } from "../../core/upgrade/remote-address.ts";
import {
  type ExecutionContext,
  type HostOptions,
  serveAttempt,
  type Target,
  useTarget,
} from "../../core/upgrade/serve.ts";
import { isHandshakeAttempt } from "../../core/upgrade/validate.ts";
import { fetchAttempt } from "./fetch-attempt.ts";
import { hostObserver, isAskedByEnvironment } from "./host-observer.ts";
import { HOST_OPTIONS } from "./host-options.ts";
import { processMemory } from "./memory.ts";
import { type Middleware, middleware } from "./middleware.ts";
import { executionContext, platform } from "./platform.ts";

let memory: number | undefined;

const PLATFORM: Platform = {
  ...platform,
  // Asked for when something waits to be sent: for the answer Deno 2.9.5 (2026-11) loads what it has of Node, which takes 20 ms.
  get memory() {
    memory ??= processMemory();
    return memory;
  },
};

/** Options of a host that sees its peers' addresses. */
export interface FetchHostOptions<Env = unknown> extends HostOptions<Env> {
  /** Your own proxies, whose `X-Forwarded-For` and `X-Forwarded-Host`, or `Forwarded`, are believed: `trustProxies(["10.0.0.0/8"])` of `onesocket/proxies`. Default: none. */
  readonly proxies?: Proxies | undefined;
}

const OPTIONS = /* @__PURE__ */ Object.keys(HOST_OPTIONS satisfies Record<keyof FetchHostOptions, true>);

addFailures(LEAVING_FAILURES);

/**
 * What all sockets of one server share, where the runtime's server takes a web `Request` and frames by itself. `Native` is what
 * comes with each request.
 */
export abstract class FetchHost<Native> implements SessionHost {
  readonly env: unknown;
  readonly platform: Platform = PLATFORM;
  readonly observe: Observer;
  readonly storage: StorageDriver | undefined;
  readonly budget: MemoryBudget = memoryBudget;
  readonly #context: ExecutionContext;
  readonly #sessions = new SessionRegistry(this);
  readonly #proxies: Proxies | undefined;
  readonly #broker: JoinBroker | undefined;

  /** `of`: the function that they were given to. `more`: its options beside those of every such host. Throws a TypeError for others. */
  constructor(options: FetchHostOptions, of: string, more: readonly string[] = []) {
    for (const name of ["port", "hostname"]) {
      if (name in options)
        throw new TypeError(`${of} has no option "${name}": the server's options stand beside ${of}(…)`);
    }
    checkNames(options, [...OPTIONS, ...more], of);
    this.env = options.env ?? {};
    this.observe = hostObserver(options, isAskedByEnvironment);
    this.storage = options.storage;
    this.#context = executionContext(this.observe);
    checkProxies(options.proxies);
    this.#proxies = options.proxies;
    this.#broker = options.broker;
  }

  /** Takes what it serves into service. Throws as {@link useTarget} does. */
  use(target: Target): void {
    useTarget(target, this.#broker, this.observe);
  }

  /** The address of who sent the request; undefined where it is not known. */
  protected abstract peerOf(request: Request, native: Native): string | undefined;

  /** Carries out what was decided. Undefined where the runtime has sent the 101 by itself. */
  protected abstract open(decided: Switching, request: Request, native: Native): Response | undefined;

  joined(session: Session): void {
    this.#sessions.add(session);
  }

  left(session: Session): void {
    this.#sessions.remove(session);
  }

  /** {@link Drainable.drain}. */
  readonly drain = (options?: DrainOptions): Promise<Drained> => this.#sessions.drain(options);

  waitUntil(promise: Promise<unknown>): void {
    this.#context.waitUntil(promise);
  }

  /** Answers a request of the server. Synchronous for a definition whose `upgrade` is. `appEnv`: what an app sees as its environment. */
  serve(target: Target, request: Request, native: Native, appEnv: unknown): Reply | Promise<Reply> {
    if (this.#sessions.draining && isHandshakeAttempt(request.headers)) return this.#leaving();
    try {
      const outcome = serveAttempt(target, this.attempt(request, native), appEnv, { ...this.#context });
      const respond = (settled: Outcome) => this.respond(settled, request, native);
      return "then" in outcome ? outcome.then(respond).catch(this.#broken) : respond(outcome);
    } catch (error) {
      return this.#broken(error);
    }
  }

  /** The `sockets()` of an app that is exported bare. `nativeOf`: finds what came with the request, in the app's environment. */
  middleware(nativeOf: (env: unknown) => Native): Middleware & Drainable {
    this.#broker?.(this.observe);
    const opening = middleware({
      attempt: ({ req, env }) => this.attempt(req.raw, nativeOf(env)),
      respond: (outcome, { req, env }) => this.respond(outcome, req.raw, nativeOf(env)),
    });
    return Object.assign(opening, { drain: this.drain });
  }

  protected attempt(request: Request, native: Native): Attempt {
    return fetchAttempt(this, request, this.peerOf(request, native) ?? "", this.#proxies);
  }

  protected respond(outcome: Outcome, request: Request, native: Native): Reply {
    if (!isSwitching(outcome)) return responseOf(outcome);
    if (this.#sessions.draining) {
      release(outcome);
      return this.#leaving();
    }
    try {
      return this.open(outcome, request, native);
    } catch (error) {
      release(outcome);
      throw error;
    }
  }

  #leaving(): Response {
    return failed(failure("DRAINING"), this.observe).response;
  }

  readonly #broken = (error: unknown): Response => broken(error, this.observe).response;

  /** The runtime would not upgrade a handshake that is valid. */
  protected refused(decided: Switching, gone: boolean, detail?: string): Response {
    release(decided);
    const reason = failure(gone ? "CLIENT_GONE" : "RUNTIME_REFUSED", detail);
    return failed(reason, this.observe, decided.definition).response;
  }
}

/** Undefined where the runtime has answered by itself. */
export type Reply = Response | undefined;
