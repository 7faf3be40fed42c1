import { platform } from "../adapters/shared/platform.ts";
import type { Platform } from "../core/contract/platform.ts";

interface Timer {
  readonly due: number;
  run(): void;
}

/** A clock that stands still until it is moved by hand. */
export class HandClock implements Platform {
  readonly randomId: Platform["randomId"] = platform.randomId;
  readonly #timers = new Set<Timer>();
  #now: number;

  /** `now`: milliseconds since 1970. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Milliseconds until the next timer is due; undefined without one. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next && Math.max(next.due - this.#now, 0);
  }

  /** Moves on, and runs what comes due on the way: each at its own time, those of one time as they were set. `between`: after each. */
  async advance(ms: number, between: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(); next && next.due <= end; next = this.#next()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
      await between();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Forgets all timers. */
  stop(): void {
    this.#timers.clear();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.due < next.due) next = timer;
    return next;
  }
}
