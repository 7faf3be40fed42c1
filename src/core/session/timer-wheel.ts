import type { Platform } from "../contract/platform.ts";

/** Into how many steps a turn of the wheel is divided. */
const STEPS = 16;

/** What is called once in each turn. */
export interface WheelEntry {
  /** The wheel's own, in which it writes where the entry is: 0 for nowhere. */
  slot: number;
  /** Must not throw. */
  tick(): void;
}

/** Calls all its entries once in every period, a sixteenth of them at each step: one timer for all. */
export class TimerWheel {
  /** Arrays and not sets: in a large set each entry takes 40 bytes. */
  readonly #steps: WheelEntry[][] = Array.from({ length: STEPS }, () => []);
  readonly platform: Platform;
  readonly #stepMs: number;
  #step = 0;
  #added = 0;
  #size = 0;
  #stop: (() => void) | undefined;

  constructor(platform: Platform, periodMs: number) {
    this.platform = platform;
    this.#stepMs = periodMs / STEPS;
  }

  /** Calls it within a period, and then once in each. */
  add(entry: WheelEntry): void {
    // One after the other into all steps, so that the calls are spread over the period whenever their entries came.
    const step = this.#added++ % STEPS;
    entry.slot = this.#steps[step]!.push(entry) * STEPS + step;
    this.#size += 1;
    if (!this.#stop) this.#arm();
  }

  /** Calls it no more. */
  remove(entry: WheelEntry): void {
    const { slot } = entry;
    if (slot === 0) return;
    const entries = this.#steps[slot % STEPS]!;
    const last = entries.pop()!;
    if (last !== entry) entries[((slot / STEPS) | 0) - 1] = last;
    last.slot = slot;
    entry.slot = 0;
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #arm(): void {
    this.#stop = this.platform.after(this.#stepMs, () => this.#turn());
  }

  #turn(): void {
    this.#arm();
    this.#step += 1;
    // Of a copy, since a call may remove others.
    for (const entry of this.#steps[this.#step % STEPS]!.slice()) if (entry.slot > 0) entry.tick();
  }
}

const wheels = new WeakMap<Platform, Map<number, TimerWheel>>();

/** The wheel of this period, which all of a platform share. */
export function wheelOf(platform: Platform, periodMs: number): TimerWheel {
  const ofPlatform = wheels.get(platform) ?? new Map<number, TimerWheel>();
  wheels.set(platform, ofPlatform);
  const wheel = ofPlatform.get(periodMs) ?? new TimerWheel(platform, periodMs);
  ofPlatform.set(periodMs, wheel);
  return wheel;
}
