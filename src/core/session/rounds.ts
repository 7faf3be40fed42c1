import type { Platform } from "../contract/platform.ts";

/** Into how many parts a round is divided. */
const STEPS = 16;

/** What is visited; it must not throw. */
export interface Visited {
  visit(): void;
}

/** Visits all its members once in every period, a part of them at each step: one timer for all. */
export class Rounds {
  readonly #members: Set<Visited>[] = Array.from({ length: STEPS }, () => new Set());
  readonly platform: Platform;
  readonly #stepMs: number;
  #step = 0;
  #next = 0;
  #size = 0;
  #stop: (() => void) | undefined;

  constructor(platform: Platform, everyMs: number) {
    this.platform = platform;
    this.#stepMs = everyMs / STEPS;
  }

  /** Visits it within a period, and then once in each. Returns the step that it is visited in. */
  add(member: Visited): number {
    // One after the other into all steps, so that visits are spread over the period whenever their members came.
    const step = this.#next;
    this.#next = (step + 1) % STEPS;
    this.#members[step]!.add(member);
    this.#size += 1;
    if (!this.#stop) this.#arm();
    return step;
  }

  /** Visits it no more. */
  remove(member: Visited, step: number): void {
    if (!this.#members[step]!.delete(member)) return;
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #arm(): void {
    this.#stop = this.platform.after(this.#stepMs, () => this.#take());
  }

  #take(): void {
    this.#arm();
    this.#step = (this.#step + 1) % STEPS;
    for (const member of this.#members[this.#step]!) member.visit();
  }
}

const all = new WeakMap<Platform, Map<number, Rounds>>();

/** The rounds of this period, which all of a platform share. */
export function rounds(platform: Platform, everyMs: number): Rounds {
  const periods = all.get(platform) ?? new Map<number, Rounds>();
  all.set(platform, periods);
  const found = periods.get(everyMs) ?? new Rounds(platform, everyMs);
  periods.set(everyMs, found);
  return found;
}
