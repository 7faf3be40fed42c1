import type { Decision, SocketDefinition } from "../contract/definition.ts";
import { describe } from "../contract/describe.ts";
import { failure } from "../contract/failures.ts";
import { isHollow, isResponse } from "../contract/shapes.ts";
import type { Attempt } from "./attempt.ts";
import { failed } from "./failed.ts";
import { negotiate, type Route } from "./negotiate.ts";
import type { Answer, Outcome, Switching } from "./outcome.ts";
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
  /** What to carry out instead of the app's response; undefined when that is an answer like any other. The app has returned. */
  settle(response: Response): Switching | Answer | undefined;
  /** Nothing comes of it: the app has thrown. Without effect once its socket is there. */
  giveUp(): void;
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

  /** Validates, and asks `upgrade`. `from`: what the route passed, whose pattern is `route`. */
  negotiate(
    definition: SocketDefinition,
    from: Decision | undefined,
    route: Route | undefined,
  ): Outcome | Promise<Outcome> {
    return negotiate(definition, this.attempt, from, route, this);
  }

  /** The app has thrown. */
  giveUp(): void {
    this.isOver = true;
    this.decision?.giveUp();
  }

  /** What to carry out now that the app has returned. */
  settle(response: Response): Switching | Answer {
    this.isOver = true;
    return this.decision?.settle(response) ?? answer(response, this.attempt);
  }
}

/** What an app answers by itself, unless each runtime would do something else with it, and some would leave the client waiting. */
function answer(response: Response, { headers, host }: Attempt): Answer {
  const odd = isResponse(response)
    ? isHollow(response) && failure("UPGRADE_RESULT", `${ANSWERED} ${describe(response)}: ${RETURN_IT}`)
    : isHandshakeAttempt(headers) &&
      failure("HANDLER_ERROR", `${ANSWERED} ${describe(response)}, no Response: ${RETURN_IT}`);
  return odd ? failed(odd, host.observe) : { kind: "answer", response };
}

const ANSWERED = "the app answered with";

/** How a route answers. */
export const RETURN_IT = "a route of a socket returns upgrade(c, definition)";

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
