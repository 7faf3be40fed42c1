import type { Decision, Refusal, SocketDefinition } from "../contract/definition.ts";
import { type Failure, type FailureCode, failure } from "../contract/failures.ts";
import {
  type EventBody,
  type EventType,
  type HandshakeSeen,
  isWanted,
  type Observer,
  tellBoth,
} from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import { cloneState, jsonBytes } from "../contract/state.ts";
import { awaitable } from "../contract/thenable.ts";
import { checkSendable } from "../protocol/headers.ts";
import { nameTaken, takeName } from "../rooms/names.ts";
import { checkWellFormed } from "../rooms/registry.ts";
import { type Capacity, type CountLimit, capacityOf, type Place } from "../session/capacity.ts";
import type { Snapshot } from "../session/snapshot.ts";
import { refusal } from "./refusal.ts";
import { describe, type Said, said } from "./result.ts";
import { seenOf } from "./seen.ts";
import { type Handshake, type HandshakeProfile, type HandshakeRequest, validateHandshake } from "./validate.ts";

/** One request that may become a socket, and what its runtime knows about it. */
export interface Attempt extends HandshakeRequest {
  readonly profile: HandshakeProfile;
  /** The client's address, or "". */
  readonly remoteAddress: string;
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  /** Aborts when the client goes away, where the runtime tells. */
  readonly gone: AbortSignal | undefined;
  waitUntil(promise: Promise<unknown>): void;
  /**
   * Where a definition's sockets are counted: here, from the decision on, which is the default; here, but only once they open,
   * where a request may end without a word and would keep its place; or in another memory, which they live in.
   */
  counting?(definition: SocketDefinition): "decided" | "opened" | "elsewhere";
  /** The request for the `upgrade` hook; made only when there is one. */
  request(): Request;
}

/** A socket that may be opened now. */
export interface Acceptance {
  readonly kind: "accept";
  readonly definition: SocketDefinition;
  readonly handshake: Handshake & { ok: true };
  readonly snapshot: Snapshot;
  /** For the 101, none if there are none: most handshakes, and a `Headers` costs much. */
  readonly headers: Headers | undefined;
  /** Reserved for it, where sockets are counted: the session takes it, or whoever gives the decision up releases it. */
  readonly place: Place | undefined;
  /** Tells observers that it is carried out. */
  announce(): void;
}

/** A socket that is opened to be closed with a code. */
export interface RefusedOpen extends Omit<Acceptance, "kind"> {
  readonly kind: "refuse";
  readonly refusal: Refusal;
}

/** An HTTP answer instead of a socket. */
export interface Answer {
  readonly kind: "answer";
  readonly response: Response;
}

/** What becomes of an attempt. `gone`: the client has left, and nobody waits for an answer. */
export type Outcome = Acceptance | RefusedOpen | Answer | { readonly kind: "gone" };

/** Gives back what an outcome holds, unless its socket is there by now. For every way out, however many of them. */
export function release(outcome: Outcome | undefined): void {
  if (outcome?.kind === "accept") outcome.place?.release();
}

/** Why there is no place for another socket. */
export function overloaded({ limits }: SocketDefinition, limit: CountLimit): Failure {
  return failure("OVERLOADED", `limits.${limit} (${limits[limit]}) is reached`);
}

type Accepted = Handshake & { ok: true };
type Settled = Said | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Validates the handshake, then asks `upgrade`. Synchronous unless `upgrade` is not. `from`: what the route passed, which
 * stands where `upgrade` says nothing else (H11). `route`: its pattern, for observers.
 */
export function negotiate(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
  route?: string,
): Outcome | Promise<Outcome> {
  return new Negotiation(definition, attempt, from, route).run();
}

/** One attempt at one definition. */
class Negotiation {
  readonly #definition: SocketDefinition;
  readonly #attempt: Attempt;
  readonly #from: Decision | undefined;
  readonly #route: string | undefined;
  /** For observers that want to know how long it took. */
  readonly #begun: number;

  constructor(definition: SocketDefinition, attempt: Attempt, from: Decision | undefined, route: string | undefined) {
    this.#definition = definition;
    this.#attempt = attempt;
    this.#from = from;
    this.#route = route;
    this.#begun = attempt.platform.now();
  }

  run(): Outcome | Promise<Outcome> {
    const handshake = this.#validate();
    if (!handshake.ok) return this.#refused(handshake.failure);
    for (const warning of handshake.warnings) this.#tell({ type: "warning", failure: warning });
    const { name } = this.#definition;
    if (!takeName(this.#definition)) return this.#refused(failure("NAME_TAKEN", nameTaken(name)));
    const limit = this.#exhausted();
    if (limit) return this.#overloaded(limit);
    const route = said(this.#from);
    if (route.kind !== "decision")
      return this.#refused(failure("UPGRADE_RESULT", `a route passed ${describe(this.#from)}`));
    const settled = this.#decide();
    return "then" in settled
      ? settled.then((late) => this.#conclude(handshake, route.decision, late))
      : this.#conclude(handshake, route.decision, settled);
  }

  #validate(): Handshake {
    try {
      return validateHandshake(this.#attempt, this.#definition, this.#attempt.profile);
    } catch (error) {
      return { ok: false, failure: this.#handlerError(error) };
    }
  }

  get #capacity(): Capacity | undefined {
    return this.#counting === "elsewhere" ? undefined : capacityOf(this.#definition);
  }

  get #counting(): "decided" | "opened" | "elsewhere" {
    return this.#attempt.counting?.(this.#definition) ?? "decided";
  }

  #exhausted(): CountLimit | undefined {
    return this.#capacity?.exhausted(this.#definition.limits, this.#attempt.remoteAddress);
  }

  #overloaded(limit: CountLimit): Outcome {
    return this.#refused(overloaded(this.#definition, limit));
  }

  /** Calls the hook. A throw is a value from here on. */
  #decide(): Settled | Promise<Settled> {
    if (!this.#definition.upgrade) return said(undefined);
    const controller = new AbortController();
    const { env, remoteAddress } = this.#attempt;
    const context = {
      env,
      from: this.#from,
      remoteAddress,
      signal: controller.signal,
      waitUntil: (promise: Promise<unknown>) =>
        this.#attempt.waitUntil(Promise.resolve(promise).catch((error) => this.#handlerError(error))),
    };
    try {
      const result: unknown = this.#definition.upgrade(this.#attempt.request(), context);
      const pending = awaitable(result);
      return pending ? this.#bounded(controller, pending) : said(result);
    } catch (error) {
      return this.#thrown(error);
    }
  }

  /** A Response or a refusal, thrown, is an answer; all else is a mistake. */
  #thrown(error: unknown): Settled {
    const result = said(error);
    if (result.kind === "response" || result.kind === "refusal") return result;
    return { kind: "failed", failure: this.#handlerError(error) };
  }

  /** Waits for an async hook, but not past `limits.upgradeMs` nor the client's patience. Never rejects. */
  #bounded(controller: AbortController, pending: PromiseLike<unknown>): Promise<Settled> {
    const { gone, platform } = this.#attempt;
    return new Promise((resolve) => {
      const finish = (settled: Settled, abort: boolean) => {
        cancel();
        gone?.removeEventListener("abort", leave);
        if (abort) controller.abort();
        resolve(settled);
      };
      const fail = (code: FailureCode) => finish({ kind: "failed", failure: failure(code) }, true);
      const leave = () => fail("CLIENT_GONE");
      const late = () => fail("HANDSHAKE_TIMEOUT");
      const cancel = platform.after(this.#definition.limits.upgradeMs, late);
      // Not `Promise.resolve`, which looks at a promise's `constructor` first, and throws what that throws.
      new Promise((settle) => settle(pending)).then(
        (result) => finish(said(result), false),
        (error) => finish(this.#thrown(error), false),
      );
      if (gone?.aborted) leave();
      else gone?.addEventListener("abort", leave);
    });
  }

  #handlerError(error: unknown): Failure {
    this.#tell({ type: "error", error });
    return failure("HANDLER_ERROR");
  }

  #conclude(handshake: Accepted, route: Decision, result: Settled): Outcome {
    if (result.kind === "response") return this.#answered(result.response);
    if (result.kind === "failed") return this.#refused(result.failure);
    if (result.kind === "odd") {
      return this.#refused(failure("UPGRADE_RESULT", `upgrade returned ${describe(result.value)}`));
    }
    if (result.kind === "refusal") return this.#refuse(handshake, result.refusal);
    // Others may have come while an async hook ran.
    const limit = this.#exhausted();
    if (limit) return this.#overloaded(limit);
    const place = this.#counting === "decided" ? this.#capacity?.reserve(this.#attempt.remoteAddress) : undefined;
    try {
      return { ...this.#accept(handshake, merged(route, result.decision)), place };
    } catch (error) {
      place?.release();
      return this.#refused(failure("UPGRADE_RESULT", `the decision cannot be kept: ${describe(error)}`));
    }
  }

  /** The decision, checked. Throws for what its author got wrong. */
  #accept(handshake: Accepted, decision: Decision): Acceptance {
    const { room = "default", state, protocol = handshake.protocol, headers } = decision;
    // JSON takes at most six bytes for one character, and two for the quotes.
    if (typeof room !== "string" || room === "" || (room.length > 170 && jsonBytes(room) > 1024)) {
      throw new RangeError("a room's id is a string of 1 to 1024 bytes as JSON");
    }
    checkWellFormed(room);
    if (protocol !== "" && !handshake.offered.includes(protocol)) {
      throw new TypeError(`the client did not offer the subprotocol ${JSON.stringify(protocol)}`);
    }
    if (protocol === "" && handshake.offered.length > 0) this.#warnOfNoProtocol(handshake.offered.length);
    const { platform, url, remoteAddress } = this.#attempt;
    const id = platform.randomId();
    const kept = state === undefined ? state : cloneState(state, this.#definition.limits.stateBytes, `socket ${id}`);
    return {
      kind: "accept",
      definition: this.#definition,
      handshake,
      place: undefined,
      headers: headers === undefined ? undefined : switching(headers),
      snapshot: { id, room, protocol, url, remoteAddress, state: kept, topics: [], since: platform.now() },
      announce: this.#isWanted("accepted") ? this.#announcing(id, protocol) : QUIET,
    };
  }

  /** Not what was offered: tokens travel in it. */
  #warnOfNoProtocol(offered: number): void {
    const { protocols = [] } = this.#definition;
    const none =
      protocols.length > 0 ? `none is one of ${JSON.stringify(protocols)}` : "the definition has no protocols";
    const warning = failure("SUBPROTOCOL_NOT_SELECTED", `${offered} offered, and ${none}`);
    this.#tell({ type: "warning", failure: warning });
  }

  #announcing(socket: string, protocol: string): () => void {
    const handshake = this.#seen();
    return () => this.#tell({ type: "accepted", socket, protocol, handshake });
  }

  /** Opened to be closed: a refusal all the same. */
  #refuse(handshake: Accepted, refusal: Refusal): RefusedOpen {
    return { ...this.#accept(handshake, {}), kind: "refuse", refusal, announce: () => this.#tellAnswered(101) };
  }

  /** The app's own answer, such as a 401. */
  #answered(response: Response): Outcome {
    this.#tellAnswered(response.status);
    return { kind: "answer", response };
  }

  #tellAnswered(status: number): void {
    if (this.#isWanted("refused")) this.#tell({ type: "refused", failure: undefined, status, handshake: this.#seen() });
  }

  #refused(reason: Failure): Outcome {
    const { headers, observe } = this.#attempt;
    const response = refusal(this.#definition, observe, reason, headers, this.#seen());
    return reason.code === "CLIENT_GONE" ? { kind: "gone" } : { kind: "answer", response };
  }

  #seen(): HandshakeSeen {
    const { platform } = this.#attempt;
    return seenOf(this.#definition, this.#attempt, this.#route, platform.now() - this.#begun);
  }

  #isWanted(type: EventType): boolean {
    return isWanted(type, this.#definition, this.#attempt.observe);
  }

  #tell(event: EventBody): void {
    tellBoth(this.#definition, this.#attempt.observe, event);
  }
}

const QUIET = (): void => {};

/** What the route decided, overridden field by field; headers add up (H11). */
function merged(route: Decision, hook: Decision): Decision {
  const { room = route.room, state = route.state, protocol = route.protocol } = hook;
  return { room, state, protocol, headers: sum(route.headers, hook.headers) };
}

function sum(first: Decision["headers"], second: Decision["headers"]): Decision["headers"] {
  if (first === undefined || second === undefined) return first ?? second;
  const headers = new Headers(first);
  for (const [name, value] of new Headers(second)) headers.append(name, value);
  return headers;
}

/** What a 101 may not carry from a decision or an app: the handshake's own headers, and a body's. */
const RESERVED =
  /^(connection|upgrade|content-type|content-length|content-encoding|transfer-encoding|keep-alive|sec-websocket-.*)$/;

/** A decision's headers for the 101. Throws for what are none, and what can't be sent. */
function switching(given: NonNullable<Decision["headers"]>): Headers {
  const headers = new Headers(switchingHeaders(new Headers(given)));
  checkSendable(headers);
  return headers;
}

/** Headers that a decision or an app may put on the 101. */
export function switchingHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !RESERVED.test(name));
}
