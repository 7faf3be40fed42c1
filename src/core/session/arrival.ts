import type { Platform } from "../contract/platform.ts";
import { type Rounds, rounds, type Visited } from "./rounds.ts";

/** How often it is looked at what has come. */
const PERIOD_MS = 2000;

/** A message may stand still for so long, if it came fast enough before. */
const GRACE_MS = 20_000;

/** Before what was seen is believed: a process that was busy has not read what is there, and its timers come first. */
const DOUBT_MS = 125;

/** A socket that receives a message. */
export interface Receiving {
  /** Whether a message is under way that has to come on. */
  readonly receiving: boolean;
  /** Nothing is read: it is not the peer that is slow. */
  readonly deaf: boolean;
  /** The message is over. */
  arrived(): void;
  /** It comes too slowly. */
  stalled(): void;
}

/** One message on its way: whether it comes as fast as `limits.receiveRate` asks. */
export class Arrival implements Visited {
  readonly #receiving: Receiving;
  readonly #bytesPerPeriod: number;
  readonly #most: number;
  readonly #rounds: Rounds;
  place = 0;
  /** How many bytes may still be missing. */
  #credit: number;

  constructor(receiving: Receiving, platform: Platform, bytesPerSecond: number) {
    this.#receiving = receiving;
    this.#bytesPerPeriod = (bytesPerSecond * PERIOD_MS) / 1000;
    this.#most = (bytesPerSecond * GRACE_MS) / 1000;
    this.#credit = this.#most;
    this.#rounds = rounds(platform, PERIOD_MS);
    this.#rounds.add(this);
  }

  /** So many bytes more have come. */
  took(bytes: number): void {
    this.#credit = Math.min(this.#most, this.#credit + bytes);
  }

  visit(): void {
    if (!this.#receiving.receiving) this.#receiving.arrived();
    else if (!this.#receiving.deaf) this.#miss();
  }

  #miss(): void {
    this.#credit -= this.#bytesPerPeriod;
    if (this.#credit < 0) this.#rounds.platform.after(DOUBT_MS, () => this.#decide());
  }

  #decide(): void {
    if (this.#credit < 0 && this.#receiving.receiving && !this.#receiving.deaf) this.#receiving.stalled();
  }

  end(): void {
    this.#rounds.remove(this);
  }
}
