import { availableParallelism } from "node:os";
import type { DrainOptions } from "../../core/contract/drained.ts";
import { checkObserver, type Observer, tell } from "../../core/contract/observer.ts";
import { checkDrain } from "../../core/session/drain.ts";
import { platform } from "../shared/platform.ts";
import { Hub } from "./hub.ts";
import { FIRST_MS, WorkerHandle, type WorkersDrained } from "./worker-handle.ts";
import type { StartUnit } from "./worker-unit.ts";

/** Several workers that serve alike, as the program that started them sees them. */
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

/** The most milliseconds before a worker that died is replaced: they double each time, unless it had served for a while. */
const LONGEST_MS = 30_000;

/** Starts the workers of a program, replaces those that die, and has the hub between them. */
export class Supervisor implements Team {
  readonly #start: StartUnit;
  readonly #hub = new Hub();
  readonly #observe: Observer;
  readonly #workers = new Set<WorkerHandle>();
  #isEnding = false;
  readonly #timers = new Set<() => void>();
  url: string | undefined;

  constructor(start: StartUnit, observe: Observer) {
    this.#start = start;
    this.#observe = observe;
  }

  /** Resolves when so many serve; rejects when one of them can't, and then none is left. */
  async begin(count: number): Promise<void> {
    try {
      const workers = Array.from({ length: count }, (_, index) => this.#add(index));
      await Promise.all(workers.map(({ serving }) => serving));
    } catch (error) {
      this.#isEnding = true;
      for (const worker of this.#workers) worker.kill();
      throw error;
    }
  }

  /** The ids of those that serve now. */
  get ids(): readonly number[] {
    return this.#serving().map(({ id }) => id);
  }

  get urls(): readonly string[] {
    return this.#serving().flatMap(({ url }) => url ?? []);
  }

  get sockets(): number {
    return [...this.#workers].reduce((sum, { sockets }) => sum + sockets, 0);
  }

  #serving(): readonly WorkerHandle[] {
    return [...this.#workers].filter(({ serves }) => serves);
  }

  /** `restartMs`: milliseconds before another takes its place, if it dies soon. */
  #add(index: number, restartMs = FIRST_MS): WorkerHandle {
    const worker = new WorkerHandle({ start: this.#start, hub: this.#hub, index, restartMs });
    this.#workers.add(worker);
    worker.serving.then(
      () => {
        this.url ??= worker.url;
      },
      () => {},
    );
    worker.ended
      .then((how) => {
        this.#workers.delete(worker);
        if (!this.#isEnding) this.#replace(worker, how);
      })
      .catch(() => {});
    return worker;
  }

  /** Replaces a worker that died. Where one of the first can't serve, `begin` rejects instead. */
  #replace({ restartMs, sockets, name, index }: WorkerHandle, how: string): void {
    const text = `${name} ended with ${how}, and ${sockets} sockets with it; another takes its place in ${restartMs} ms`;
    tell(this.#observe, { type: "error", definition: "", error: new Error(text) });
    const cancel = platform.after(restartMs, () => {
      this.#timers.delete(cancel);
      this.#add(index, Math.min(2 * restartMs, LONGEST_MS));
    });
    this.#timers.add(cancel);
  }

  async drain(options?: DrainOptions): Promise<WorkersDrained> {
    checkDrain(options);
    if (options?.progress) throw new TypeError("progress is told of one server's sockets, not of all workers'");
    this.#stopReplacing();
    const all = await Promise.all([...this.#workers].map((worker) => worker.drain(options)));
    const sum = (of: (one: WorkersDrained) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      sockets: sum(({ sockets }) => sockets),
      clean: sum(({ clean }) => clean),
      lost: sum(({ lost }) => lost),
      died: sum(({ died }) => died),
    };
  }

  async close(): Promise<void> {
    this.#stopReplacing();
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  /** From now on nobody is replaced. */
  #stopReplacing(): void {
    this.#isEnding = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

let begun = false;

/** How many workers are asked for. Throws a TypeError for what `called` does not take, and when it has been called before. */
export function workerCount(called: string, count: number | "all", run: unknown, observe: Observer): number {
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
