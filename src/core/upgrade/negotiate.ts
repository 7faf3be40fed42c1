import { type Capacity, capacityOf, overload } from "../contract/capacity.ts";
import { type Decision, type Refusal, refuse, type SocketDefinition } from "../contract/definition.ts";
import { describe } from "../contract/describe.ts";
import { HOST_FAILURES } from "../contract/failure-texts.ts";
import { addFailures, type Failure, failure } from "../contract/failures.ts";
import { type EventBody, type HandshakeSeen, isWanted, tellBoth } from "../contract/observer.ts";
import { cloneState } from "../contract/state.ts";
import { claimName } from "../rooms/names.ts";
import { historyFailure } from "../rooms/registry.ts";
import { timeOf } from "../session/snapshot.ts";
import type { Attempt } from "./attempt.ts";
import { checkRoom, merged, switchingHeaders } from "./decision.ts";
import { failed, handlerError } from "./failed.ts";
import { handshakeSeen } from "./handshake-seen.ts";
import { askUpgrade, type HookResult } from "./hook.ts";
import type { Outcome, Switching } from "./outcome.ts";
import { FIELDS, parseResult } from "./result.ts";
import { type Handshake, validateHandshake } from "./validate.ts";
import { asksWhy, pageFailure, whyResponse } from "./why.ts";

addFailures(HOST_FAILURES);

/** Tells a route's pattern, for observers: most have none. */
export type Route = () => string;

/** What is looked at of an app's exchange. */
interface Ongoing {
  /** The app has answered: whatever is decided now comes too late. */
  readonly isOver: boolean;
}

/**
 * Validates the handshake, then asks `upgrade`. Synchronous unless `upgrade` is not. `from`: what the route passed, which
 * stands where `upgrade` says nothing else (H11). `route`: its pattern, for observers. `exchange`: the one of the app that has the route.
 */
export function negotiate(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
  route?: Route,
  exchange?: Ongoing,
): Outcome | Promise<Outcome> {
  return new Negotiation(definition, attempt, from, route, exchange).run();
}

/** One attempt at one definition. */
class Negotiation {
  readonly #definition: SocketDefinition;
  readonly #attempt: Attempt;
  readonly #from: Decision | undefined;
  readonly #route: Route | undefined;
  readonly #exchange: Ongoing | undefined;
  /** For observers that want to know how long it took. */
  readonly #begun: number;

  constructor(
    definition: SocketDefinition,
    attempt: Attempt,
    from: Decision | undefined,
    route: Route | undefined,
    exchange: Ongoing | undefined,
  ) {
    this.#definition = definition;
    this.#attempt = attempt;
    this.#from = from;
    this.#route = route;
    this.#exchange = exchange;
    this.#begun = attempt.host.platform.now();
  }

  run(): Outcome | Promise<Outcome> {
    const handshake = this.#checked(() => validateHandshake(this.#attempt, this.#definition, this.#attempt.profile));
    if ("code" in handshake) return this.#invalid(handshake);
    this.#warn(handshake.warning);
    const definition = this.#definition;
    const reason = claimName(definition) ?? historyFailure(definition) ?? this.#overload();
    if (reason) return this.#failed(reason);
    const route = parseResult(this.#from);
    if (route.kind !== "decision") return this.#undecided(`a route passed ${describe(this.#from, FIELDS)}`);
    const settled = askUpgrade(definition, this.#attempt, this.#from);
    return "then" in settled
      ? settled.then((late) => this.#conclude(handshake, route.decision, late))
      : this.#conclude(handshake, route.decision, settled);
  }

  /** It is no handshake, or a page asks why its handshake was refused: nothing is refused then, and nobody told. */
  #invalid(reason: Failure): Outcome {
    if (!asksWhy(reason, this.#attempt.headers)) return this.#failed(reason);
    // What would be answered to a handshake before `upgrade` is asked.
    const foreseen = this.#checked(() => this.#overload() ?? pageFailure(this.#definition, this.#attempt));
    return { kind: "answer", response: whyResponse(foreseen ?? reason, this.#definition.failures) };
  }

  /** What a check finds, also where a function of the user's throws in it, such as one in `origins`. */
  #checked<Result>(check: () => Result): Result | Failure {
    try {
      return check();
    } catch (error) {
      return handlerError(error, this.#attempt.host.observe, this.#definition);
    }
  }

  /** What counts the definition's sockets; undefined where nothing does, or something in another memory. */
  get #capacity(): Capacity | undefined {
    return this.#counting === "elsewhere" ? undefined : capacityOf(this.#definition);
  }

  get #counting() {
    return this.#attempt.counting?.(this.#definition) ?? "decided";
  }

  /** Why there is no place for another socket. */
  #overload(): Failure | undefined {
    return overload(this.#capacity, this.#definition.limits, this.#attempt.remoteAddress);
  }

  #conclude(handshake: Handshake, route: Decision, result: HookResult): Outcome {
    // What became of the handshake was told when its app answered.
    if (this.#exchange?.isOver) return { kind: "gone" };
    if (result.kind === "response") {
      this.#tell(this.#answer(result.response.status));
      return { kind: "answer", response: result.response };
    }
    if (result.kind === "failed") return this.#failed(result.failure);
    if (result.kind === "invalid") return this.#undecided(`upgrade returned ${describe(result.value, FIELDS)}`);
    if (result.kind === "refusal") return this.#open(handshake, {}, result.refusal);
    // Others may have come while an async hook ran.
    const reason = this.#overload();
    if (reason) return this.#failed(reason);
    try {
      const decision = merged(route, result.decision);
      const { until } = decision;
      const isExpired = until !== undefined && timeOf(until) <= this.#attempt.host.platform.now();
      return isExpired ? this.#open(handshake, {}, EXPIRED) : this.#open(handshake, decision);
    } catch (error) {
      return this.#undecided(`the decision cannot be kept: ${describe(error)}`);
    }
  }

  /** What is to be opened, to be closed at once where there is a refusal. Throws for what the decision's author got wrong. */
  #open(handshake: Handshake, decision: Decision, refusal?: Refusal): Switching {
    const { room = "default", state, protocol = handshake.protocol, until, headers } = decision;
    checkRoom(room);
    const { offered } = handshake;
    if (protocol !== "" && !offered.includes(protocol)) {
      throw new TypeError(`the client did not offer the subprotocol ${JSON.stringify(protocol)}`);
    }
    if (protocol === "" && offered.length > 0) this.#warn(this.#unselected(offered.length));
    const definition = this.#definition;
    const { host, url, remoteAddress } = this.#attempt;
    const id = host.platform.randomId();
    const kept = state === undefined ? state : cloneState(state, definition.limits.stateBytes, `socket ${id}`);
    const since = host.platform.now();
    const snapshot = { id, room, protocol, url, remoteAddress, state: kept, topics: NO_TOPICS, since };
    return {
      kind: refusal ? "refuse" : "accept",
      definition,
      handshake,
      refusal,
      headers: headers === undefined ? undefined : switchingHeaders(headers),
      snapshot: until === undefined ? snapshot : { ...snapshot, until: timeOf(until) },
      event: refusal ? this.#answer(101) : this.#acceptance(id, protocol),
      // Nothing throws any more, so that whoever has the outcome gives it back.
      place: refusal || this.#counting !== "decided" ? undefined : this.#capacity?.reserve(remoteAddress),
    } as Switching;
  }

  /** Not what was offered: tokens travel in it. */
  #unselected(offered: number): Failure {
    const protocols = JSON.stringify(this.#definition.protocols ?? []);
    return failure("SUBPROTOCOL_NOT_SELECTED", `${offered} offered, and protocols is ${protocols}`);
  }

  #warn(warning: Failure | undefined): void {
    if (warning) this.#tell({ type: "warning", failure: warning });
  }

  /** What observers are told when the socket is opened; undefined where none wants to know. */
  #acceptance(socket: string, protocol: string): EventBody | undefined {
    if (!isWanted("accepted", this.#definition, this.#attempt.host.observe)) return undefined;
    return { type: "accepted", socket, protocol, handshake: this.#seen() };
  }

  /** What they are told of an answer that is the app's own, such as a 401, or a refusal after the 101. */
  #answer(status: number): EventBody {
    return { type: "refused", failure: undefined, status, handshake: this.#seen() };
  }

  /** What the server's code has said is no decision. */
  #undecided(detail: string): Outcome {
    return this.#failed(failure("UPGRADE_RESULT", detail));
  }

  #failed(reason: Failure): Outcome {
    const { host, headers } = this.#attempt;
    const answer = failed(reason, host.observe, this.#definition, headers, this.#seen());
    return reason.code === "CLIENT_GONE" ? { kind: "gone" } : answer;
  }

  #seen(): HandshakeSeen {
    const ms = this.#attempt.host.platform.now() - this.#begun;
    return handshakeSeen(this.#definition, this.#attempt, this.#route?.(), ms);
  }

  #tell(event: EventBody): void {
    tellBoth(this.#definition, this.#attempt.host.observe, event);
  }
}

/** One for all sockets that have none. */
const NO_TOPICS: readonly never[] = [];

/** Of a decision that is good no longer. */
const EXPIRED = /* @__PURE__ */ refuse(3000, "expired");
