import type { Platform } from "../contract/platform.ts";
import { type TimerWheel, type WheelEntry, wheelOf } from "./timer-wheel.ts";

const PERIOD_MS = 2000;

/** A message may stand still for so long, if it came fast enough before. */
const GRACE_MS = 20_000;

/** How long a verdict waits: a process that was busy has not read what is there, and its timers come first. */
const CONFIRM_MS = 125;

/** A connection that receives a message. */
export interface Receiving {
  /** Whether a message is under way that has to come on. */
  readonly receiving: boolean;
  /** Our own side does not read: it is not the peer that is slow. */
  readonly readingStopped: boolean;
  /** The message is whole. */
  messageEnded(): void;
  /** The message comes too slowly. */
  tooSlow(): void;
}

/** Measures one message that is under way: whether it comes as fast as `limits.receiveRate` asks. */
export class ReceiveRate implements WheelEntry {
  readonly #connection: Receiving;
  readonly #bytesPerPeriod: number;
  readonly #most: number;
  readonly #wheel: TimerWheel;
  slot = 0;
  /** How many bytes may still be missing. */
  #credit: number;

  constructor(connection: Receiving, platform: Platform, bytesPerSecond: number) {
    this.#connection = connection;
    this.#bytesPerPeriod = (bytesPerSecond * PERIOD_MS) / 1000;
    this.#most = (bytesPerSecond * GRACE_MS) / 1000;
    this.#credit = this.#most;
    this.#wheel = wheelOf(platform, PERIOD_MS);
    this.#wheel.add(this);
  }

  /** So many bytes more have come. */
  received(bytes: number): void {
    this.#credit = Math.min(this.#most, this.#credit + bytes);
  }

  tick(): void {
    const { receiving, readingStopped } = this.#connection;
    if (!receiving) this.#connection.messageEnded();
    else if (!readingStopped) this.#credit -= this.#bytesPerPeriod;
    if (this.#isTooSlow) this.#wheel.platform.after(CONFIRM_MS, () => this.#isTooSlow && this.#connection.tooSlow());
  }

  get #isTooSlow(): boolean {
    const { receiving, readingStopped } = this.#connection;
    return this.#credit < 0 && receiving && !readingStopped;
  }

  end(): void {
    this.#wheel.remove(this);
  }
}
