import type { Decision, SocketDefinition } from "../contract/definition.ts";
import { type FailureCode, failure } from "../contract/failures.ts";
import type { Attempt } from "./attempt.ts";
import { failedEarly } from "./failed.ts";
import { negotiate, type Route } from "./negotiate.ts";
import type { Answer, Outcome, Switching } from "./outcome.ts";
import { describe, isHollow, isResponse } from "./result.ts";
import { isHandshakeAttempt } from "./validate.ts";

/**
 * Where the request has its exchange or, where an app was mounted and the request replaced, the execution context. A property,
 * since a `WeakMap` with an entry for each handshake takes the garbage collector a tenth of what an app's handshake takes (Node 24).
 */
const EXCHANGE = Symbol("onesocket.exchange");

type Key = { [EXCHANGE]?: Exchange };

/** Whether a host has begun any. */
let hosted = false;

/** What a route decided, which the host hears of after the app has returned. */
export interface RouteOutcome {
  /** What to carry out instead of the app's response; undefined when that is an answer like any other. */
  settle(response: Response): Switching | Answer | undefined;
  /** The same for a stand-in that is as it was made, which can be told without a look into it on some runtimes; else undefined. */
  settleUntouched(response: Response): Switching | undefined;
  /** Nothing comes of it. Without effect once its socket is there. */
  giveUp(): void;
  /** The app has returned: nobody waits for the client to go any more. */
  left(): void;
}

/**
 * One request's passage through a fetch app. A route records what it decided; the host carries it out after
 * the app has returned, and only if the app's final response is still the one that the route gave.
 */
export class Exchange {
  readonly attempt: Attempt;
  decision: RouteOutcome | undefined;
  /** The app has returned: what its route decides now comes too late. */
  isOver = false;

  /** `keys`: what a route may find this exchange by. */
  constructor(attempt: Attempt, ...keys: readonly (object | undefined)[]) {
    this.attempt = attempt;
    for (const key of keys) if (key) note(key, this);
    hosted = true;
  }

  /** Runs what is behind a middleware. A decision that was left by a throw is given up. */
  async during<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.giveUp();
      throw error;
    } finally {
      this.end();
    }
  }

  /** The app has returned, or thrown. */
  end(): void {
    this.isOver = true;
    this.decision?.left();
  }

  /** Validates, and asks `upgrade`. `from`: what the route passed, whose pattern is `route`. */
  negotiate(
    definition: SocketDefinition,
    from: Decision | undefined,
    route: Route | undefined,
  ): Outcome | Promise<Outcome> {
    return negotiate(definition, this.attempt, from, route);
  }

  giveUp(): void {
    this.decision?.giveUp();
  }

  /** What to carry out now that the app has returned. */
  settle(response: Response): Switching | Answer {
    const untouched = this.decision?.settleUntouched(response);
    if (untouched) return untouched;
    if (isResponse(response)) {
      if (isHollow(response)) return this.#odd("UPGRADE_RESULT", describe(response));
    } else if (isHandshakeAttempt(this.attempt.headers))
      return this.#odd("HANDLER_ERROR", `${describe(response, [])}, no Response`);
    return this.decision?.settle(response) ?? { kind: "answer", response };
  }

  /** Each runtime would do something else with it, and some would leave the client waiting. */
  #odd(code: FailureCode, what: string): Answer {
    this.giveUp();
    return failedEarly(failure(code, `the app answered with ${what}: ${RETURN_IT}`), this.attempt.host.observe);
  }
}

/** Not by `Reflect.set`, which takes a microsecond. What is frozen can't be told by it. */
function note(key: Key, exchange: Exchange): void {
  try {
    key[EXCHANGE] = exchange;
  } catch {}
}

/** Whether a host has begun any. */
export function isHosted(): boolean {
  return hosted;
}

/** The exchange that a host began for this request, if any did. */
export function exchangeFor(...keys: readonly (object | undefined)[]): Exchange | undefined {
  for (const key of keys) {
    const exchange = (key as Key | undefined)?.[EXCHANGE];
    if (exchange) return exchange;
  }
  return undefined;
}

/** How a route answers. */
export const RETURN_IT = "a route of a socket returns upgrade(c, definition)";
