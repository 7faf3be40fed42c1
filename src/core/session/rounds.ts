import type { Platform } from "../contract/platform.ts";

/** Into how many parts a round is divided. */
const STEPS = 16;

/** Visits all its members once in every period, a part of them at each step: one timer for all. */
class Rounds {
  readonly #members: Set<() => void>[] = Array.from({ length: STEPS }, () => new Set());
  readonly #platform: Platform;
  readonly #stepMs: number;
  #step = 0;
  #next = 0;
  #size = 0;
  #stop: (() => void) | undefined;

  constructor(platform: Platform, everyMs: number) {
    this.#platform = platform;
    this.#stepMs = everyMs / STEPS;
  }

  add(visit: () => void): () => void {
    // One after the other into all steps, so that visits are spread over the period whenever their members came.
    const members = this.#members[this.#next]!;
    this.#next = (this.#next + 1) % STEPS;
    members.add(visit);
    this.#size += 1;
    if (!this.#stop) this.#arm();
    return () => this.#remove(members, visit);
  }

  #remove(members: Set<() => void>, visit: () => void): void {
    if (!members.delete(visit)) return;
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #arm(): void {
    this.#stop = this.#platform.after(this.#stepMs, () => this.#take());
  }

  #take(): void {
    this.#arm();
    this.#step = (this.#step + 1) % STEPS;
    for (const visit of this.#members[this.#step]!) visit();
  }
}

const all = new WeakMap<Platform, Map<number, Rounds>>();

/** Calls `visit` once in every `everyMs` milliseconds, the first time within that; returns what ends it. It must not throw. */
export function rounds(platform: Platform, everyMs: number, visit: () => void): () => void {
  const periods = all.get(platform) ?? new Map<number, Rounds>();
  all.set(platform, periods);
  const found = periods.get(everyMs) ?? new Rounds(platform, everyMs);
  periods.set(everyMs, found);
  return found.add(visit);
}
