import { crowded } from "./census.ts";
import { type Decision, Refusal, type SocketDefinition, type UpgradeResult } from "./definition.ts";
import { type Failure, failure, failureResponse } from "./failures.ts";
import { type Handshake, type HandshakeProfile, type HandshakeRequest, validateHandshake } from "./handshake.ts";
import type { Seed } from "./member.ts";
import { type Observer, tell } from "./observer.ts";
import type { Platform } from "./platform.ts";
import { cloneState, jsonBytes } from "./state.ts";

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
  /** The request for the `upgrade` hook; made only when there is one. */
  request(): Request;
}

/** A socket that may be opened now. */
export interface Acceptance {
  readonly kind: "accept";
  readonly definition: SocketDefinition;
  readonly handshake: Handshake & { ok: true };
  readonly seed: Seed;
  readonly headers: Headers;
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

type Accepted = Handshake & { ok: true };
type Settled = UpgradeResult<unknown> | Failure;

/** Validates the handshake, then asks `upgrade`. Synchronous unless `upgrade` is not. */
export function negotiate(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
): Outcome | Promise<Outcome> {
  const handshake = validate(definition, attempt);
  if (!handshake.ok) return refused(definition, attempt, handshake.failure);
  for (const warning of handshake.warnings) {
    tell(attempt.observe, { type: "warning", failure: warning, definition: definition.name });
  }
  if (crowded(definition, attempt.remoteAddress)) return refused(definition, attempt, failure("OVERLOADED"));
  const conclude = (result: Settled) => conclusion(definition, attempt, handshake, result);
  if (!definition.upgrade) return conclude(from);
  const result = decide(definition, attempt, from);
  return result instanceof Promise ? result.then(conclude) : conclude(result);
}

function validate(definition: SocketDefinition, attempt: Attempt): Handshake {
  try {
    return validateHandshake(attempt, definition, attempt.profile);
  } catch (error) {
    return { ok: false, failure: handlerError(definition, attempt, error) };
  }
}

/** Calls the hook. A throw is a value from here on: a thrown Response as itself, all else as HANDLER_ERROR. */
function decide(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
): Settled | Promise<Settled> {
  const controller = new AbortController();
  const { env, remoteAddress } = attempt;
  const context = {
    env,
    from,
    remoteAddress,
    signal: controller.signal,
    waitUntil: (promise: Promise<unknown>) =>
      attempt.waitUntil(promise.catch((error) => handlerError(definition, attempt, error))),
  };
  const thrown = (error: unknown): Settled =>
    error instanceof Response ? error : handlerError(definition, attempt, error);
  try {
    const result = definition.upgrade?.(attempt.request(), context);
    return result instanceof Promise ? bounded(definition, attempt, controller, result.catch(thrown)) : result;
  } catch (error) {
    return thrown(error);
  }
}

/** Waits for an async hook, but not past `limits.upgradeMs` nor the client's patience. */
function bounded(
  definition: SocketDefinition,
  attempt: Attempt,
  controller: AbortController,
  result: Promise<Settled>,
): Promise<Settled> {
  return new Promise((resolve) => {
    const finish = (settled: Settled, abort: boolean) => {
      cancel();
      attempt.gone?.removeEventListener("abort", leave);
      if (abort) controller.abort();
      resolve(settled);
    };
    const leave = () => finish(failure("CLIENT_GONE"), true);
    const cancel = attempt.platform.after(definition.limits.upgradeMs, () =>
      finish(failure("HANDSHAKE_TIMEOUT"), true),
    );
    result.then((settled) => finish(settled, false));
    if (attempt.gone?.aborted) leave();
    else attempt.gone?.addEventListener("abort", leave);
  });
}

function handlerError(definition: SocketDefinition, attempt: Attempt, error: unknown): Failure {
  tell(attempt.observe, { type: "error", error, definition: definition.name });
  return failure("HANDLER_ERROR");
}

function conclusion(definition: SocketDefinition, attempt: Attempt, handshake: Accepted, result: Settled): Outcome {
  if (result instanceof Response) return { kind: "answer", response: result };
  if (isFailure(result)) return refused(definition, attempt, result);
  try {
    if (result instanceof Refusal)
      return { ...acceptance(definition, attempt, handshake, {}), kind: "refuse", refusal: result };
    // Others may have come while an async hook ran.
    if (crowded(definition, attempt.remoteAddress)) return refused(definition, attempt, failure("OVERLOADED"));
    return acceptance(definition, attempt, handshake, result ?? {});
  } catch (error) {
    return refused(definition, attempt, handlerError(definition, attempt, error));
  }
}

/** The decision, checked. Throws for what its author got wrong. */
function acceptance(definition: SocketDefinition, attempt: Attempt, handshake: Accepted, given: Decision): Acceptance {
  if (typeof given !== "object")
    throw new TypeError(`upgrade returned a ${typeof given}, not a decision or a Response`);
  const { room = "default", state, protocol = handshake.protocol, headers } = given;
  if (typeof room !== "string" || room === "" || jsonBytes(room) > 1024) {
    throw new RangeError("a room's id is a string of 1 to 1024 bytes as JSON");
  }
  if (protocol !== "" && !handshake.offered.includes(protocol)) {
    throw new TypeError(`the client did not offer the subprotocol ${JSON.stringify(protocol)}`);
  }
  const id = attempt.platform.randomId();
  return {
    kind: "accept",
    definition,
    handshake,
    headers: new Headers(switchingHeaders(new Headers(headers))),
    seed: {
      id,
      room,
      protocol,
      url: attempt.url,
      remoteAddress: attempt.remoteAddress,
      state: cloneState(state, definition.limits.stateBytes, `socket ${id}`),
      topics: [],
    },
  };
}

function refused(definition: SocketDefinition, attempt: Attempt, reason: Failure): Outcome {
  tell(attempt.observe, { type: "refused", failure: reason, definition: definition.name });
  if (reason.code === "CLIENT_GONE") return { kind: "gone" };
  return { kind: "answer", response: failureResponse(reason, definition.failures) };
}

function isFailure(result: Settled): result is Failure {
  return typeof (result as Failure | undefined)?.code === "string";
}

/** What a 101 may not carry from a decision or an app: the handshake's own headers, and a body's. */
const RESERVED =
  /^(connection|upgrade|content-type|content-length|content-encoding|transfer-encoding|keep-alive|sec-websocket-.*)$/;

/** Headers that a decision or an app may put on the 101. */
export function switchingHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !RESERVED.test(name));
}
