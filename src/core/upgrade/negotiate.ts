import { type Capacity, type CountLimit, capacityOf, type Place } from "../contract/capacity.ts";
import { type Decision, type Refusal, refuse, type SocketDefinition } from "../contract/definition.ts";
import { HOST_FAILURES } from "../contract/failure-texts.ts";
import { addFailures, type Failure, failure } from "../contract/failures.ts";
import { type EventBody, type EventType, type HandshakeSeen, isWanted, tellBoth } from "../contract/observer.ts";
import { cloneState } from "../contract/state.ts";
import { nameTaken, takeName } from "../rooms/names.ts";
import { historyFailure } from "../rooms/registry.ts";
import { timeOf } from "../session/snapshot.ts";
import type { Attempt } from "./attempt.ts";
import { checkRoom, merged, switchingHeaders } from "./decision.ts";
import { failed, overloaded } from "./failed.ts";
import { askUpgrade, handlerError, type Settled } from "./hook.ts";
import type { Acceptance, Outcome, RefusedOpen } from "./outcome.ts";
import { describe, said } from "./result.ts";
import { handshakeSeen } from "./seen.ts";
import { type Handshake, validateHandshake } from "./validate.ts";
import { asksWhy, pageFailure, whyResponse } from "./why.ts";

addFailures(HOST_FAILURES);

/** Tells a route's pattern, for observers: most have none. */
export type Route = () => string;

type Accepted = Handshake & { ok: true };

/**
 * Validates the handshake, then asks `upgrade`. Synchronous unless `upgrade` is not. `from`: what the route passed, which
 * stands where `upgrade` says nothing else (H11). `route`: its pattern, for observers.
 */
export function negotiate(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
  route?: Route,
): Outcome | Promise<Outcome> {
  return new Negotiation(definition, attempt, from, route).run();
}

/** One attempt at one definition. */
class Negotiation {
  readonly #definition: SocketDefinition;
  readonly #attempt: Attempt;
  readonly #from: Decision | undefined;
  readonly #route: Route | undefined;
  /** For observers that want to know how long it took. */
  readonly #begun: number;

  constructor(definition: SocketDefinition, attempt: Attempt, from: Decision | undefined, route: Route | undefined) {
    this.#definition = definition;
    this.#attempt = attempt;
    this.#from = from;
    this.#route = route;
    this.#begun = attempt.host.platform.now();
  }

  run(): Outcome | Promise<Outcome> {
    const handshake = this.#validate();
    if (!handshake.ok) return this.#invalid(handshake.failure);
    for (const warning of handshake.warnings) this.#tell({ type: "warning", failure: warning });
    const definition = this.#definition;
    if (!takeName(definition)) return this.#failed(failure("NAME_TAKEN", nameTaken(definition.name)));
    const parted = historyFailure(definition);
    if (parted) return this.#failed(parted);
    const limit = this.#exhausted();
    if (limit) return this.#failed(overloaded(definition, limit));
    const route = said(this.#from);
    if (route.kind !== "decision") return this.#failed(noDecision(`a route passed ${describe(this.#from)}`));
    const settled = askUpgrade(definition, this.#attempt, this.#from);
    return "then" in settled
      ? settled.then((late) => this.#conclude(handshake, route.decision, late))
      : this.#conclude(handshake, route.decision, settled);
  }

  /** It is no handshake, or a page asks why its handshake was refused: nothing is refused then, and nobody told. */
  #invalid(reason: Failure): Outcome {
    if (!asksWhy(reason, this.#attempt.headers)) return this.#failed(reason);
    return { kind: "answer", response: whyResponse(this.#foreseen() ?? reason, this.#definition.failures) };
  }

  /** What would be answered to a handshake before `upgrade` is asked. */
  #foreseen(): Failure | undefined {
    try {
      const limit = this.#exhausted();
      return limit ? overloaded(this.#definition, limit) : pageFailure(this.#definition, this.#attempt);
    } catch (error) {
      return handlerError(error, this.#definition, this.#attempt);
    }
  }

  #validate(): Handshake {
    try {
      return validateHandshake(this.#attempt, this.#definition, this.#attempt.profile);
    } catch (error) {
      return { ok: false, failure: handlerError(error, this.#definition, this.#attempt) };
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

  #conclude(handshake: Accepted, route: Decision, result: Settled): Outcome {
    if (result.kind === "response") return this.#answered(result.response);
    if (result.kind === "failed") return this.#failed(result.failure);
    if (result.kind === "odd") return this.#failed(noDecision(`upgrade returned ${describe(result.value)}`));
    if (result.kind === "refusal") return this.#refuse(handshake, result.refusal);
    // Others may have come while an async hook ran.
    const limit = this.#exhausted();
    if (limit) return this.#failed(overloaded(this.#definition, limit));
    const place = this.#counting === "decided" ? this.#capacity?.reserve(this.#attempt.remoteAddress) : undefined;
    try {
      const decision = merged(route, result.decision);
      if (decision.until !== undefined && timeOf(decision.until) <= this.#attempt.host.platform.now()) {
        place?.release();
        return this.#refuse(handshake, EXPIRED);
      }
      return this.#accept(handshake, decision, place);
    } catch (error) {
      place?.release();
      return this.#failed(noDecision(`the decision cannot be kept: ${describe(error)}`));
    }
  }

  /** The decision, checked. Throws for what its author got wrong. */
  #accept(handshake: Accepted, decision: Decision, place?: Place): Acceptance {
    const { room = "default", state, protocol = handshake.protocol, until, headers } = decision;
    checkRoom(room);
    if (protocol !== "" && !handshake.offered.includes(protocol)) {
      throw new TypeError(`the client did not offer the subprotocol ${JSON.stringify(protocol)}`);
    }
    if (protocol === "" && handshake.offered.length > 0) this.#warnOfNoProtocol(handshake.offered.length);
    const { host, url, remoteAddress } = this.#attempt;
    const id = host.platform.randomId();
    const kept = state === undefined ? state : cloneState(state, this.#definition.limits.stateBytes, `socket ${id}`);
    const since = host.platform.now();
    const snapshot = { id, room, protocol, url, remoteAddress, state: kept, topics: NO_TOPICS, since };
    return {
      kind: "accept",
      definition: this.#definition,
      handshake,
      place,
      headers: headers === undefined ? undefined : switchingHeaders(headers),
      snapshot: until === undefined ? snapshot : { ...snapshot, until: timeOf(until) },
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

  #failed(reason: Failure): Outcome {
    const { host, headers } = this.#attempt;
    const answer = failed(reason, this.#definition, host.observe, headers, this.#seen());
    return reason.code === "CLIENT_GONE" ? { kind: "gone" } : answer;
  }

  #seen(): HandshakeSeen {
    const ms = this.#attempt.host.platform.now() - this.#begun;
    return handshakeSeen(this.#definition, this.#attempt, this.#route?.(), ms);
  }

  #isWanted(type: EventType): boolean {
    return isWanted(type, this.#definition, this.#attempt.host.observe);
  }

  #tell(event: EventBody): void {
    tellBoth(this.#definition, this.#attempt.host.observe, event);
  }
}

const QUIET = (): void => {};

/** One for all sockets that have none. */
const NO_TOPICS: readonly never[] = [];

/** Of a decision that is good no longer. */
const EXPIRED = /* @__PURE__ */ refuse(3000, "expired");

function noDecision(detail: string): Failure {
  return failure("UPGRADE_RESULT", detail);
}
