import type { Platform } from "../contract/platform.ts";

/** Into how many parts a round is divided. */
const STEPS = 16;

/** What is visited; it must not throw. */
export interface Visited {
  /** The rounds' own, in which they write where it is: 0 for nowhere. */
  place: number;
  visit(): void;
}

/** Visits all its members once in every period, a part of them at each step: one timer for all. */
export class Rounds {
  /** No sets: in a large one each member takes 40 bytes. */
  readonly #members: Visited[][] = Array.from({ length: STEPS }, () => []);
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

  /** Visits it within a period, and then once in each. */
  add(member: Visited): void {
    // One after the other into all steps, so that visits are spread over the period whenever their members came.
    const step = this.#next++ % STEPS;
    member.place = this.#members[step]!.push(member) * STEPS + step;
    this.#size += 1;
    if (!this.#stop) this.#arm();
  }

  /** Visits it no more. */
  remove(member: Visited): void {
    const { place } = member;
    if (place === 0) return;
    const members = this.#members[place % STEPS]!;
    const last = members.pop()!;
    if (last !== member) members[((place / STEPS) | 0) - 1] = last;
    last.place = place;
    member.place = 0;
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
    this.#step += 1;
    // Of a copy, since a visit may end others.
    for (const member of this.#members[this.#step % STEPS]!.slice()) if (member.place > 0) member.visit();
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
