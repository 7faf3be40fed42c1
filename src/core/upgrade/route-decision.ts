import type { Decision, SocketDefinition } from "../contract/definition.ts";
import { ROUTE_FAILURES } from "../contract/failure-texts.ts";
import { addFailures, type Failure, failure } from "../contract/failures.ts";
import { type Observer, tellBoth } from "../contract/observer.ts";
import { isHollow, isResponse } from "../contract/shapes.ts";
import type { Attempt } from "./attempt.ts";
import { switchingHeaders } from "./decision.ts";
import { type Exchange, isHosted, RETURN_IT, type RouteOutcome } from "./exchange.ts";
import { failed } from "./failed.ts";
import type { Route } from "./negotiate.ts";
import { type Answer, announce, isSwitching, type Outcome, release, responseOf, type Switching } from "./outcome.ts";
import { type HandshakeRequest, HTTP1, validateHandshake } from "./validate.ts";
import { asksWhy, pageFailure, whyResponse } from "./why.ts";

/**
 * What a route decided about the request of an exchange. It comes with what routes decide by, so that who serves a definition
 * by itself has none of it.
 */
export class RouteDecision implements RouteOutcome {
  readonly #exchange: Exchange;
  readonly #attempt: Attempt;
  /**
   * The content type of a response that stands for a decision. It is the one header that frameworks
   * do not copy to a response that replaces another.
   */
  #mark = "";
  /** What stands for the decision, and the headers that it was made with. */
  #standIn: Response | undefined;
  #standInHeaders: StandInHeaders | undefined;
  #decided: Switching | undefined;
  /** The definition whose hook has not decided yet. */
  #deciding: SocketDefinition | undefined;
  /** The status of an answer that was made after the decision. */
  #answered = 0;
  /** That of an answer which was made in the place of the one that `upgrade` gave. */
  #instead = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#attempt = exchange.attempt;
  }

  /** The one of an exchange, which is made when a route decides. */
  static of(exchange: Exchange): RouteDecision {
    exchange.decision ??= new RouteDecision(exchange);
    return exchange.decision as RouteDecision;
  }

  /**
   * Validates, asks `upgrade`, and answers the route of this pattern: with the refusal itself, or with a stand-in for the 101, a
   * response without a body that `standIn` makes with these headers.
   */
  decide(
    definition: SocketDefinition,
    from: Decision | undefined,
    route?: Route,
    standIn: (headers: StandInHeaders) => Response = emptyResponse,
  ): Response | Promise<Response> {
    const outcome = this.#exchange.negotiate(definition, from, route);
    if (!("then" in outcome)) return this.#noted(outcome, standIn);
    this.#deciding = definition;
    return outcome.then((late) => {
      this.#deciding = undefined;
      return this.#noted(late, standIn);
    });
  }

  #noted(outcome: Outcome, standIn: (headers: StandInHeaders) => Response): Response {
    if (!isSwitching(outcome)) return responseOf(outcome);
    // A route may have decided before.
    release(this.#decided);
    this.#decided = outcome;
    if (this.#holdsPlace) this.#attempt.gone?.addEventListener("abort", this.giveUp);
    // Nobody is told the socket's id before it opens.
    this.#mark ||= `application/x-onesocket-${outcome.snapshot.id}`;
    this.#standInHeaders = { "content-type": this.#mark };
    this.#standIn = standIn(this.#standInHeaders);
    // That was the stand-in itself.
    this.#instead = 0;
    return this.#standIn;
  }

  /** An answer was made, which may or may not be what the app returns. `isFirst`: the app had none before. */
  readonly answered = (status: number, isFirst: boolean): void => {
    if (this.#decided) this.#answered = status;
    // A route may think better of it, and refuse: what it answers by then is meant.
    if (isFirst && (status < 400 || status === 404)) this.#instead = status;
  };

  /** Nothing comes of what was decided. Without effect once its socket is there. */
  readonly giveUp = (): void => {
    this.#waitNoMore();
    release(this.#decided);
  };

  /** Who is waited for no more may go unnoticed. */
  #waitNoMore(): void {
    if (this.#holdsPlace) this.#attempt.gone?.removeEventListener("abort", this.giveUp);
  }

  get #holdsPlace(): boolean {
    return this.#decided?.kind === "accept" && this.#decided.place !== undefined;
  }

  settle(response: Response): Switching | Answer | undefined {
    this.#waitNoMore();
    const decided = this.#decided;
    // A stand-in that is as it was made can be told without a look into it on some runtimes.
    if (decided && response === this.#standIn && this.#attempt.host.isUntouched?.(response, this.#standInHeaders!))
      return this.#carryOut(decided, decided.headers);
    // What no runtime can send is told by the exchange.
    if (!isResponse(response) || isHollow(response)) return void this.giveUp();
    if (!decided) {
      // Told now: later a runtime may have ended the hook with its request, or say that the client has gone.
      if (this.#deciding) this.#tellOverruled(this.#deciding, response.status);
      return undefined;
    }
    if (response.headers.get("content-type") !== this.#mark) return this.#overruled(decided, response);
    // It is still the stand-in, which nobody but the host may answer with, though a middleware has changed its status.
    if (response.status !== 200) return this.#spoilt(decided, routeFailure("RESPONSE_MUTATED"));
    try {
      return this.#carryOut(decided, addedHeaders(decided.headers, response.headers));
    } catch (error) {
      return this.#spoilt(decided, failure("HANDLER_ERROR", `${error}`));
    }
  }

  #carryOut(decided: Switching, headers: Headers | undefined): Switching {
    if (this.#answered >= 400) this.#warn(decided);
    announce(decided, this.#attempt.host.observe);
    return headers === decided.headers ? decided : { ...decided, headers };
  }

  /** Somebody meant to refuse, and returned the answer where the framework hears nothing. */
  #warn({ definition }: Switching): void {
    const warning = routeFailure("ANSWER_IGNORED", `a ${this.#answered} was made after the route had decided`);
    tellBoth(definition, this.#attempt.host.observe, { type: "warning", failure: warning });
  }

  /** A middleware has made something of it that no 101 can be made of. */
  #spoilt({ definition }: Switching, reason: Failure): Answer {
    this.giveUp();
    return failed(reason, this.#attempt.host.observe, definition, this.#attempt.headers);
  }

  /** A later middleware has the last word. */
  #overruled({ definition }: Switching, { status }: Response): undefined {
    this.giveUp();
    this.#tellOverruled(definition, status);
  }

  #tellOverruled(definition: SocketDefinition, status: number): void {
    const forgotten = this.#instead === status ? failure("HANDLER_ERROR", forgottenAt(status)) : undefined;
    tellBoth(definition, this.#attempt.host.observe, { type: "refused", failure: forgotten, status });
  }
}

function forgottenAt(status: number): string {
  return `the handler of the route did not return what upgrade gave (the app answered ${status}): ${RETURN_IT}`;
}

/** Its texts are added here, for the core is one file in the package, of which nobody else is to carry them. */
function routeFailure(code: keyof typeof ROUTE_FAILURES, detail?: string): Failure {
  addFailures(ROUTE_FAILURES);
  return failure(code, detail);
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
  const invalid = "code" in handshake ? handshake : undefined;
  if (invalid && asksWhy(invalid, request.headers))
    return whyResponse(unproxied(definition, request) ?? invalid, definition.failures);
  const reason = invalid ?? failure("NO_HOST", isHosted() ? `${COPIED}; or ${line}` : line);
  return failed(reason, observe, definition, request.headers).response;
}

/** What a host would say of the page's origin, unless a proxy rewrote Host: which ones are believed, only a host knows. */
function unproxied(definition: SocketDefinition, request: HandshakeRequest): Failure | undefined {
  const { headers } = request;
  if (headers.get("x-forwarded-host") || headers.get("forwarded")) return undefined;
  try {
    return pageFailure(definition, request);
  } catch {
    // Told when a handshake meets it.
    return undefined;
  }
}

const COPIED = "this request is not the one that a host gave to its app: pass on c.req.raw itself, not a copy";
