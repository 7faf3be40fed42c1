import { availableParallelism } from "node:os";
import type { DrainOptions } from "../../core/contract/drained.ts";
import { checkObserver, type Observer, tell } from "../../core/contract/observer.ts";
import { checkDrain } from "../../core/session/drain.ts";
import { platform } from "../shared/platform.ts";
import type { Start } from "./body.ts";
import { Hub } from "./hub.ts";
import { FIRST_MS, Member, type WorkersDrained } from "./member.ts";

/** Several that serve alike, as whoever started them has them. */
export interface Team {
  /** Where the first of them serves, if its server tells. */
  readonly url: string | undefined;
  /** Where those serve that serve now, if their servers tell: the same for all that share a port. */
  readonly urls: readonly string[];
  /** How many sockets they have, as each told within the last second. */
  readonly sockets: number;
  /**
   * Has each worker refuse handshakes and close its sockets, as `drain` of one server does; they are told apart by how they left.
   * Rejects with a TypeError or RangeError for options that make no sense, and then nothing has changed.
   */
  drain(options?: Omit<DrainOptions, "progress">): Promise<WorkersDrained>;
  /** Closes the servers of all workers, and ends them. One that does not answer is killed. */
  close(): Promise<void>;
}

/** Milliseconds before a worker that died is replaced are twice as many each time, unless it had served for a while, and no more than so many. */
const LONGEST_MS = 30_000;

/** The workers of a program, and the hub between them. */
export class Crew implements Team {
  readonly #start: Start;
  readonly #hub = new Hub();
  readonly #observe: Observer;
  readonly #members = new Set<Member>();
  #leaving = false;
  readonly #timers = new Set<() => void>();
  url: string | undefined;

  constructor(start: Start, observe: Observer) {
    this.#start = start;
    this.#observe = observe;
  }

  /** Resolves when so many serve; rejects when one of them can't, and then none is left. */
  async begin(count: number): Promise<void> {
    try {
      const members = Array.from({ length: count }, (_, index) => this.#add(index));
      await Promise.all(members.map(({ serving }) => serving));
    } catch (error) {
      this.#leaving = true;
      for (const member of this.#members) member.kill();
      throw error;
    }
  }

  /** Of those that serve now. */
  get ids(): readonly number[] {
    return this.#serving().map(({ id }) => id);
  }

  get urls(): readonly string[] {
    return this.#serving().flatMap(({ url }) => url ?? []);
  }

  get sockets(): number {
    return [...this.#members].reduce((sum, { sockets }) => sum + sockets, 0);
  }

  #serving(): readonly Member[] {
    return [...this.#members].filter(({ serves }) => serves);
  }

  /** `wait`: before another takes its place, if it dies soon. */
  #add(index: number, wait = FIRST_MS): Member {
    const member = new Member({ start: this.#start, hub: this.#hub, index, wait });
    this.#members.add(member);
    member.serving.then(
      () => {
        this.url ??= member.url;
      },
      () => {},
    );
    member.ended
      .then((how) => {
        this.#members.delete(member);
        if (!this.#leaving) this.#replace(member, how);
      })
      .catch(() => {});
    return member;
  }

  /** The first ones' failure to serve is the program's, and not dealt with here. */
  #replace({ wait, sockets, name, index }: Member, how: string): void {
    const told = `${name} ended with ${how}, and ${sockets} sockets with it; another takes its place in ${wait} ms`;
    tell(this.#observe, { type: "error", definition: "", error: new Error(told) });
    const cancel = platform.after(wait, () => {
      this.#timers.delete(cancel);
      this.#add(index, Math.min(2 * wait, LONGEST_MS));
    });
    this.#timers.add(cancel);
  }

  async drain(options?: DrainOptions): Promise<WorkersDrained> {
    checkDrain(options);
    if (options?.progress) throw new TypeError("progress is told of one server's sockets, not of all workers'");
    this.#stay();
    const all = await Promise.all([...this.#members].map((member) => member.drain(options)));
    const sum = (of: (one: WorkersDrained) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      sockets: sum(({ sockets }) => sockets),
      clean: sum(({ clean }) => clean),
      lost: sum(({ lost }) => lost),
      died: sum(({ died }) => died),
    };
  }

  async close(): Promise<void> {
    this.#stay();
    await Promise.all([...this.#members].map((member) => member.close()));
  }

  /** Nobody is replaced any more. */
  #stay(): void {
    this.#leaving = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

let begun = false;

/** How many workers are asked for. Throws a TypeError for what `called` does not take, and when it has been called before. */
export function asked(called: string, count: number | "all", run: unknown, observe: Observer): number {
  if (count !== "all" && !(Number.isInteger(count) && count > 0)) {
    throw new TypeError(`${called} takes a count from 1 on, or "all", not ${JSON.stringify(count) ?? count}`);
  }
  if (typeof run !== "function")
    throw new TypeError(`${called} takes what a worker does: (broker) => serve(chat, { broker })`);
  checkObserver(observe);
  if (begun) throw new TypeError(`${called} is called once: a worker can serve several things`);
  begun = true;
  return count === "all" ? availableParallelism() : count;
}
