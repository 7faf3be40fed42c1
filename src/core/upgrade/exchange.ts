import type { Decision, SocketDefinition } from "../contract/definition.ts";
import { type Failure, type FailureCode, failure } from "../contract/failures.ts";
import { type Observer, tell } from "../contract/observer.ts";
import type { Attempt } from "./attempt.ts";
import { switchingHeaders } from "./decision.ts";
import { failed, failedEarly } from "./failed.ts";
import { negotiate } from "./negotiate.ts";
import { type Answer, isSwitching, type Outcome, release, responseOf, type Switching } from "./outcome.ts";
import { describe, isHollow, isResponse } from "./result.ts";
import { type HandshakeRequest, HTTP1, isHandshakeAttempt, validateHandshake } from "./validate.ts";
import { asksWhy, pageFailure, whyResponse } from "./why.ts";

/**
 * Where the request has its exchange or, where an app was mounted and the request replaced, the execution context. A property,
 * since a `WeakMap` with an entry for each handshake takes the garbage collector a tenth of what an app's handshake takes (Node 24).
 */
const EXCHANGE = Symbol("onesocket.exchange");

type Key = { [EXCHANGE]?: Exchange };

/** Whether a host has begun any. */
let hosted = false;

/**
 * One request's passage through a fetch app. A route records what it decided; the host carries it out after
 * the app has returned, and only if the app's final response is still the one that the route gave.
 */
export class Exchange {
  readonly attempt: Attempt;
  /**
   * The content type of a response that stands for a decision. It is the one header that frameworks
   * do not copy to a response that replaces another.
   */
  readonly #mark: string;
  #decided: Switching | undefined;
  /** The status of an answer that was made after the decision. */
  #answered = 0;
  /** The app has returned: what its route decides now comes too late. */
  #over = false;

  /** `keys`: what a route may find this exchange by. */
  constructor(attempt: Attempt, ...keys: readonly (object | undefined)[]) {
    this.attempt = attempt;
    this.#mark = `application/x-onesocket-${attempt.host.platform.randomId()}`;
    for (const key of keys) if (key) Reflect.set(key, EXCHANGE, this);
    hosted = true;
  }

  /**
   * Validates, asks `upgrade`, and answers the route of this pattern: with the refusal itself, or with a stand-in for the 101, a
   * response without a body that `standIn` makes with these headers.
   */
  decide(
    definition: SocketDefinition,
    from: Decision | undefined,
    route?: string,
    standIn: (headers: StandInHeaders) => Response = emptyResponse,
  ): Response | Promise<Response> {
    const outcome = negotiate(definition, this.attempt, from, route);
    return "then" in outcome ? outcome.then((late) => this.#noted(late, standIn)) : this.#noted(outcome, standIn);
  }

  #noted(outcome: Outcome, standIn: (headers: StandInHeaders) => Response): Response {
    if (!isSwitching(outcome)) return responseOf(outcome);
    // A route may have decided before.
    release(this.#decided);
    this.#decided = outcome;
    if (this.#over) release(outcome);
    else if (this.#holdsPlace) this.attempt.gone?.addEventListener("abort", this.giveUp);
    return standIn({ "content-type": this.#mark });
  }

  /** An answer was made, which may or may not be what the app returns. */
  answered(status: number): void {
    if (this.#decided) this.#answered = status;
  }

  /** Runs the app, or what is behind a middleware. A decision that was left by a throw is given up. */
  async during<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.giveUp();
      throw error;
    } finally {
      this.#over = true;
      if (this.#holdsPlace) this.attempt.gone?.removeEventListener("abort", this.giveUp);
    }
  }

  /** Nothing comes of what was decided. Without effect once its socket is there. */
  readonly giveUp = (): void => release(this.#decided);

  get #holdsPlace(): boolean {
    return this.#decided?.kind === "accept" && this.#decided.place !== undefined;
  }

  /** What to carry out now that the app has returned; undefined when the response is an answer like any other. */
  settle(response: Response): Switching | Answer | undefined {
    const decided = this.#decided;
    if (!isResponse(response) && isHandshakeAttempt(this.attempt.headers))
      return this.#odd("HANDLER_ERROR", `${describe(response, [])}, no Response`);
    if (isResponse(response) && isHollow(response)) return this.#odd("UPGRADE_RESULT", describe(response));
    if (!decided) return undefined;
    if (response.headers.get("content-type") !== this.#mark) return this.#overruled(decided, response);
    // It is still the stand-in, which nobody but the host may answer with, though a middleware has changed its status.
    if (response.status !== 200) return this.#spoilt(decided, failure("RESPONSE_MUTATED"));
    try {
      const headers = addedHeaders(decided.headers, response.headers);
      if (this.#answered >= 400) this.#warn(decided);
      decided.announce();
      return { ...decided, headers };
    } catch (error) {
      return this.#spoilt(decided, failure("HANDLER_ERROR", `${error}`));
    }
  }

  /** Somebody meant to refuse, and returned the answer where the framework hears nothing. */
  #warn({ definition }: Switching): void {
    const warning = failure("ANSWER_IGNORED", `a ${this.#answered} was made after the route had decided`);
    tell(this.attempt.host.observe, { type: "warning", definition: definition.name, failure: warning });
  }

  /** A middleware has made something of it that no 101 can be made of. */
  #spoilt({ definition }: Switching, reason: Failure): Answer {
    this.giveUp();
    return failed(reason, definition, this.attempt.host.observe, this.attempt.headers);
  }

  /** Each runtime would do something else with it, and some would leave the client waiting. */
  #odd(code: FailureCode, what: string): Answer {
    this.giveUp();
    return failedEarly(failure(code, `the app answered with ${what}: ${RETURN_IT}`), this.attempt.host.observe);
  }

  /** A later middleware has the last word. */
  #overruled({ definition }: Switching, { status }: Response): undefined {
    this.giveUp();
    tell(this.attempt.host.observe, { type: "refused", definition: definition.name, failure: undefined, status });
  }
}

/** What a stand-in for a 101 is told by. */
interface StandInHeaders extends Record<string, string> {
  readonly "content-type": string;
}

function emptyResponse(headers: StandInHeaders): Response {
  return new Response(null, { headers });
}

/** Those of a decision, and those that the app has put on its response beside the mark: most put none. */
function addedHeaders(decided: Headers | undefined, app: Headers): Headers | undefined {
  let count = 0;
  app.forEach(() => {
    count++;
  });
  return count === 1 ? decided : switchingHeaders(app, new Headers(decided));
}

/** The exchange that a host began for this request, if any did. */
export function exchangeFor(...keys: readonly (object | undefined)[]): Exchange | undefined {
  for (const key of keys) {
    const exchange = (key as Key | undefined)?.[EXCHANGE];
    if (exchange) return exchange;
  }
  return undefined;
}

const RETURN_IT = "a route of a socket returns upgrade(c, definition)";

/**
 * The answer where no host's exchange is found: the handshake's own fault first, else NO_HOST. `line` makes an app have a host,
 * on this runtime.
 */
export function withoutHost(
  definition: SocketDefinition,
  request: HandshakeRequest,
  observe: Observer,
  line: string,
): Response {
  const handshake = validateHandshake(request, definition, HTTP1);
  if (!handshake.ok && asksWhy(handshake.failure, request.headers))
    return whyResponse(unproxied(definition, request) ?? handshake.failure, definition.failures);
  const reason = handshake.ok ? failure("NO_HOST", hosted ? `${COPIED}; or ${line}` : line) : handshake.failure;
  return failed(reason, definition, observe, request.headers).response;
}

/** What a host would say of the page's origin, unless a proxy rewrote Host: which ones are believed, only a host knows. */
function unproxied({ origins }: SocketDefinition, request: HandshakeRequest): Failure | undefined {
  const { headers } = request;
  if (headers.get("x-forwarded-host") || headers.get("forwarded")) return undefined;
  try {
    return pageFailure(origins, request);
  } catch {
    // Told when a handshake meets it.
    return undefined;
  }
}

const COPIED = "this request is not the one that a host gave to its app: pass on c.req.raw itself, not a copy";
