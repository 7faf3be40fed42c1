import type { Duplex } from "node:stream";
import { failure } from "../../core/contract/failures.ts";
import { type Outcome, release } from "../../core/upgrade/outcome.ts";
import { platform } from "../shared/platform.ts";
import { EarlyData } from "./early.ts";
import { cut } from "./ending.ts";
import type { Opening } from "./opening.ts";
import { requestUrl } from "./request.ts";
import type { Upgrader } from "./upgrader.ts";

/**
 * Handshakes that listeners of others may take, by what carries them. Undefined once one is settled, since a socket lives longer than its
 * handshake.
 */
const shared = new WeakMap<Duplex, Routing | undefined>();

/** Has a handshake that is on its way ask this host, too; false where there is none. Never throws. */
export function joinRouting(stream: Duplex, host: Upgrader): boolean {
  shared.get(stream)?.join(host);
  return shared.has(stream);
}

/** The same function for all streams, which costs less than one for each. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

/** One handshake on its way through the hosts of a server, which are asked one after the other. */
export class Routing {
  readonly #opening: Opening;
  readonly #early: EarlyData;
  /** Answers for the server, and tells its observer, where it is no host's own. */
  readonly #first: Upgrader;
  /** Milliseconds that others have for it; undefined where there are none. */
  readonly #othersMs: number | undefined;
  /** Those that are asked, or are yet to be. */
  #hosts: readonly Upgrader[];
  #begun = false;
  /** A better answer than that nobody takes it. */
  #answerUnhandled: (() => void) | undefined;
  /** Ends the time that others have for what no host of ours has taken. */
  #cancelWait: (() => void) | undefined;

  /** `hosts`: all of the server's, in the order in which they came. */
  constructor(opening: Opening, hosts: readonly Upgrader[], othersMs?: number, head?: Uint8Array) {
    this.#opening = opening;
    this.#early = new EarlyData(opening.stream, head, (error) => this.#fail(error));
    this.#first = hosts[0]!;
    this.#othersMs = othersMs;
    this.#hosts = hosts;
    if (othersMs !== undefined) shared.set(opening.stream, this);
    // From the beginning: a reset during an async hook would otherwise be an uncaught error. TLS that was renegotiated too often is told
    // of by an error alone, too, and would go on without an end.
    if (!opening.isGuarded) opening.stream.on("error", destroyThis);
  }

  /** Never throws. */
  start(): void {
    this.#try(() => {
      this.#hosts = this.#candidates(this.#hosts);
      const { before } = this.#opening;
      if (before) this.#wait(before);
      // A listener takes what is its own at once, mostly; a host without a path would take everything.
      else if (this.#othersMs !== undefined && this.#hosts[0]?.path === undefined)
        setImmediate(() => this.#try(() => this.#isTaken || this.#ask()));
      else this.#ask();
    });
  }

  /** Another host has heard of it, too. Never throws. */
  join(host: Upgrader): void {
    this.#try(() => {
      const asked = this.#begun ? this.#hosts.length : 0;
      this.#hosts = [...this.#hosts.slice(0, asked), ...this.#candidates([...this.#hosts.slice(asked), host])];
      if (!this.#cancelWait || this.#isTaken) return;
      this.#cancelWait();
      this.#cancelWait = undefined;
      this.#ask(asked);
    });
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Those whose path it is, before those that have none. One that is draining refuses it only where nobody else takes it. */
  #candidates(hosts: readonly Upgrader[]): readonly Upgrader[] {
    if (hosts.length === 1 && hosts[0]!.path === undefined && !hosts[0]!.draining) return hosts;
    const { pathname } = new URL(requestUrl(this.#opening.request));
    const own = hosts.filter(({ path }) => path === undefined || path === pathname);
    const draining = own.find((host) => host.draining);
    if (draining) this.#answerUnhandled = () => draining.refuse(this.#opening, failure("DRAINING"));
    return own.filter((host) => !host.draining).sort((a, b) => Number(!a.path) - Number(!b.path));
  }

  /** For the answers to the requests before it, among which ours must not stand. */
  #wait(before: Promise<void>): void {
    const { stream } = this.#opening;
    const cancel = platform.after(this.#first.limits.upgradeMs, () => cut(stream));
    this.#early.during(before, () => {
      cancel();
      if (this.#early.left || !stream.writable) cut(stream);
      else this.#ask();
    });
  }

  /** Synchronous for a definition whose `upgrade` is: a promise for each handshake would cost. */
  #ask(from = 0): void {
    this.#begun = true;
    for (let i = from; i < this.#hosts.length; i++) {
      const outcome = this.#hosts[i]!.ask(this.#opening, this.#early);
      if ("then" in outcome) {
        this.#early.during(outcome, (settled) => this.#settle(settled, i) || this.#ask(i + 1));
        return;
      }
      if (this.#settle(outcome, i)) return;
    }
    this.#leaveToOthers();
  }

  /** Does what this host says. False where another is to be asked. */
  #settle(outcome: Outcome, index: number): boolean {
    const opening = this.#opening;
    const host = this.#hosts[index]!;
    try {
      if (opening.answered) host.tellTaken();
      else if (this.#early.left || outcome.kind === "gone" || !opening.stream.writable) cut(opening.stream);
      else if (outcome.kind === "answer" && outcome.response.status === 404 && host.isApp) {
        // None of its routes: another host may have one.
        this.#answerUnhandled ??= () => host.answer(opening, outcome.response);
        return false;
      } else {
        host.carryOut(outcome, opening, this.#early.chunks);
        // Those that would have answered, had they been asked: somebody attached two for one path.
        for (const other of this.#hosts.slice(index + 1)) {
          if (!other.isApp && other.path === host.path) other.tellTaken();
        }
      }
      this.#end();
      return true;
    } finally {
      release(outcome);
    }
  }

  /** Whether somebody else uses the stream. Must not be asked while we read it. */
  get #isTaken(): boolean {
    const { answered, stream } = this.#opening;
    return answered || stream.destroyed || stream.listenerCount("data") + stream.listenerCount("readable") > 0;
  }

  /** No host of ours takes it. */
  #leaveToOthers(): void {
    if (this.#othersMs === undefined) {
      this.#refuse();
    } else if (!this.#isTaken) {
      this.#early.giveBack();
      const cancel = platform.after(this.#othersMs, () => {
        this.#cancelWait = undefined;
        if (!this.#isTaken) this.#refuse();
      });
      this.#cancelWait = cancel;
      this.#opening.stream.once("close", cancel);
    }
  }

  #refuse(): void {
    this.#end();
    if (this.#answerUnhandled) this.#answerUnhandled();
    else this.#first.refuse(this.#opening, failure("UNHANDLED_UPGRADE"));
  }

  /** No other host is to be asked. */
  #end(): void {
    if (this.#othersMs !== undefined) shared.set(this.#opening.stream, undefined);
  }

  /** Something failed that should not have. */
  #fail(error: unknown): void {
    cut(this.#opening.stream);
    this.#first.tellError(error);
  }
}
