import type { Duplex } from "node:stream";
import { failure } from "../../core/contract/failures.ts";
import { type Answer, type Outcome, release } from "../../core/upgrade/outcome.ts";
import { platform } from "../shared/platform.ts";
import { EarlyData } from "./early.ts";
import { cut } from "./ending.ts";
import type { Opening } from "./opening.ts";
import { requestUrl } from "./request.ts";
import type { Upgrader } from "./upgrader.ts";

/** Those that others may have a say about, by what carries them; undefined once it is settled, since a socket lives longer than its handshake. */
const offers = new WeakMap<Duplex, Offer | undefined>();

/** Has a handshake's offer ask this host, too; false where there is none yet. Never throws. */
export function joinOffer(stream: Duplex, host: Upgrader): boolean {
  offers.get(stream)?.join(host);
  return offers.has(stream);
}

/** One function for all streams. */
function destroyed(this: Duplex): void {
  this.destroy();
}

/** One handshake, which the hosts of a server are asked to take, one after the other. */
export class Offer {
  readonly #opening: Opening;
  readonly #early: EarlyData;
  /** Speaks for the server when nobody takes it. */
  readonly #spokesman: Upgrader;
  /** Milliseconds that others have for it; undefined where there are none. */
  readonly #othersMs: number | undefined;
  /** Those that are asked, or are yet to be. */
  #hosts: readonly Upgrader[];
  #begun = false;
  /** What is answered when nobody takes it. */
  #untaken: (() => void) | undefined;
  /** None of ours has taken it: ends the time that others have for it. */
  #cancelWait: (() => void) | undefined;

  /** `hosts`: all of the server's, in the order in which they came. */
  constructor(opening: Opening, head: Uint8Array, hosts: readonly Upgrader[], othersMs: number | undefined) {
    this.#opening = opening;
    this.#early = new EarlyData(opening.stream, head);
    this.#spokesman = hosts[0]!;
    this.#othersMs = othersMs;
    this.#hosts = hosts;
    if (othersMs !== undefined) offers.set(opening.stream, this);
    // Before anything else: a reset during an async hook would otherwise be an uncaught error.
    // And TLS that was renegotiated too often is told of by an error alone: without an end it would go on.
    if (!opening.isGuarded) opening.stream.on("error", destroyed);
  }

  /** Never throws. */
  make(): void {
    try {
      this.#hosts = this.#candidates(this.#hosts);
      const { before } = this.#opening;
      if (before) this.#wait(before);
      // A listener takes what is its own at once, mostly; what has no path would take everything.
      else if (this.#othersMs !== undefined && this.#hosts[0]?.path === undefined) setImmediate(() => this.#askLater());
      else this.#ask();
    } catch (error) {
      this.#break(error);
    }
  }

  /** Another host has heard of it, too. Never throws. */
  join(host: Upgrader): void {
    try {
      const asked = this.#begun ? this.#hosts.length : 0;
      const others = this.#candidates([...this.#hosts.slice(asked), host]);
      this.#hosts = [...this.#hosts.slice(0, asked), ...others];
      if (!this.#cancelWait || this.#taken) return;
      this.#cancelWait();
      this.#cancelWait = undefined;
      this.#ask(asked);
    } catch (error) {
      this.#break(error);
    }
  }

  /** Those whose path it is, before those that have none. One that is leaving takes it only where nobody else would. */
  #candidates(hosts: readonly Upgrader[]): readonly Upgrader[] {
    if (hosts.length === 1 && hosts[0]!.path === undefined && !hosts[0]!.draining) return hosts;
    const { pathname } = new URL(requestUrl(this.#opening.request));
    const own = hosts.filter(({ path }) => path === undefined || path === pathname);
    const leaving = own.find(({ draining }) => draining);
    if (leaving) this.#untaken = () => leaving.refuse(this.#opening, failure("DRAINING"));
    const staying = own.filter(({ draining }) => !draining);
    return [...staying.filter(({ path }) => path), ...staying.filter(({ path }) => !path)];
  }

  /** Our answer would stand before, or among, those to the requests before it. */
  #wait(before: Promise<void>): void {
    const { stream } = this.#opening;
    const cancel = platform.after(this.#spokesman.limits.upgradeMs, () => cut(stream));
    const answered = () => {
      cancel();
      if (this.#early.left || !stream.writable) cut(stream);
      else this.#ask();
    };
    this.#early.during(before, answered, (error) => this.#break(error));
  }

  #askLater(): void {
    try {
      if (!this.#taken) this.#ask();
    } catch (error) {
      this.#break(error);
    }
  }

  /** Synchronous for a definition whose `upgrade` is: a promise for each handshake would cost. */
  #ask(from = 0): void {
    this.#begun = true;
    for (let i = from; i < this.#hosts.length; i++) {
      const outcome = this.#hosts[i]!.ask(this.#opening, this.#early);
      if ("then" in outcome) {
        const settle = (settled: Outcome) => this.#settle(settled, i) || this.#ask(i + 1);
        this.#early.during(outcome, settle, (error) => this.#break(error));
        return;
      }
      if (this.#settle(outcome, i)) return;
    }
    this.#leave();
  }

  /** Whether it is settled by what this host says. */
  #settle(outcome: Outcome, index: number): boolean {
    const opening = this.#opening;
    const host = this.#hosts[index]!;
    try {
      if (opening.answered) host.tellTaken();
      else if (this.#early.left || outcome.kind === "gone" || !opening.stream.writable) cut(opening.stream);
      else if (outcome.kind === "answer" && outcome.response.status === 404 && host.isApp)
        return this.#pass(host, outcome);
      else this.#carryOut(outcome, host, index);
      this.#forget();
      return true;
    } finally {
      release(outcome);
    }
  }

  /** None of an app's routes: another host may have one. */
  #pass(app: Upgrader, { response }: Answer): false {
    this.#untaken ??= () => app.answer(this.#opening, response);
    return false;
  }

  #carryOut(outcome: Exclude<Outcome, { kind: "gone" }>, host: Upgrader, index: number): void {
    host.carryOut(outcome, this.#opening, this.#early.chunks);
    // Those that would have answered, had they been asked: somebody attached two for one path.
    for (const other of this.#hosts.slice(index + 1)) {
      if (!other.isApp && other.path === host.path) other.tellTaken();
    }
  }

  /** Somebody else uses the stream. Must not be asked while we read it. */
  get #taken(): boolean {
    const { answered, stream } = this.#opening;
    return answered || stream.destroyed || stream.listenerCount("data") + stream.listenerCount("readable") > 0;
  }

  /** None of ours takes it. */
  #leave(): void {
    if (this.#othersMs === undefined) {
      this.#answer();
    } else if (!this.#taken) {
      this.#early.giveBack();
      const cancel = platform.after(this.#othersMs, () => {
        this.#cancelWait = undefined;
        if (!this.#taken) this.#answer();
      });
      this.#cancelWait = cancel;
      this.#opening.stream.once("close", cancel);
    }
  }

  /** Nobody else is to be asked. */
  #forget(): void {
    if (this.#othersMs !== undefined) offers.set(this.#opening.stream, undefined);
  }

  #answer(): void {
    this.#forget();
    if (this.#untaken) this.#untaken();
    else this.#spokesman.refuse(this.#opening, failure("UNHANDLED_UPGRADE"));
  }

  /** Something failed that should not have. */
  #break(error: unknown): void {
    cut(this.#opening.stream);
    this.#spokesman.tellError(error);
  }
}
