import type { HeartbeatRules } from "../contract/heartbeat.ts";
import type { Platform } from "../contract/platform.ts";
import { type Rounds, rounds, type Visited } from "./rounds.ts";

/** A socket that is watched for signs of life. */
export interface Watched {
  /** Nothing is read: whatever the peer does, it is not seen. */
  readonly deaf: boolean;
  /** A hook runs, or messages wait for one: it is the peer that waits. */
  readonly working: boolean;
  /** Bytes that the peer has not taken yet, where that is known. */
  readonly bufferedAmount: number | undefined;
  /** Sends a protocol ping. */
  ping(): void;
  /** The peer is dead. */
  lost(): void;
  /** `limits.idleMs` passed without a message. */
  idled(): void;
}

/**
 * Milliseconds before what was seen is believed. A process that was busy meanwhile has not read what has arrived, and its timers
 * come first: so it is given time to read. Nor is time counted in which nothing was read at all.
 */
function doubtMs(periodMs: number): number {
  return Math.max(periodMs / 16, 10);
}

/** One socket's heartbeat. Every open socket has one, so what they can share is not here. */
export class Pulse implements Visited {
  readonly #watched: Watched;
  readonly #rules: HeartbeatRules;
  readonly #rounds: Rounds;
  readonly #step: number;
  /** A socket that has just opened needs no ping yet. */
  #visits = 1;
  #silent = false;
  /** What the peer had not taken yet when it was pinged. */
  #unsent = 0;

  constructor(watched: Watched, platform: Platform, rules: HeartbeatRules) {
    this.#watched = watched;
    this.#rules = rules;
    this.#rounds = rounds(platform, rules.timeoutMs);
    this.#step = this.#rounds.add(this);
  }

  /** A sign of life. */
  heard(): void {
    this.#silent = false;
  }

  /** Every `timeoutMs`: the last visit of each `everyMs` pings, never later, and the one after it decides. */
  visit(): void {
    const visits = Math.max(1, Math.floor(this.#rules.everyMs / this.#rules.timeoutMs));
    const visit = this.#visits++ % visits;
    if (this.#silent && this.#spared()) this.#silent = false;
    if (this.#silent && visit === 1 % visits) {
      this.#rounds.platform.after(doubtMs(this.#rules.timeoutMs), () => this.#decide());
    } else if (visit === 0) {
      this.#silent = true;
      this.#unsent = this.#watched.bufferedAmount ?? 0;
      this.#watched.ping();
    }
  }

  /** A ping waits behind what was sent before. A peer that takes that is alive; one that is dead takes nothing. */
  #spared(): boolean {
    const { deaf, bufferedAmount = 0 } = this.#watched;
    return deaf || bufferedAmount < this.#unsent;
  }

  #decide(): void {
    if (this.#silent && !this.#spared()) this.#watched.lost();
  }

  end(): void {
    this.#silent = false;
    this.#rounds.remove(this, this.#step);
  }
}

/** One socket's idleness. */
export class Idleness implements Visited {
  readonly #watched: Watched;
  readonly #idleMs: number;
  readonly #rounds: Rounds;
  readonly #step: number;
  #quarters = 0;

  constructor(watched: Watched, platform: Platform, idleMs: number) {
    this.#watched = watched;
    this.#idleMs = idleMs;
    this.#rounds = rounds(platform, idleMs / 4);
    this.#step = this.#rounds.add(this);
  }

  /** A message came. */
  heard(): void {
    this.#quarters = 0;
  }

  visit(): void {
    this.#quarters = this.#watched.working || this.#watched.deaf ? 0 : this.#quarters + 1;
    if (this.#quarters > 4) this.#rounds.platform.after(doubtMs(this.#idleMs / 4), () => this.#decide());
  }

  #decide(): void {
    if (this.#quarters > 4 && !this.#watched.working) this.#watched.idled();
  }

  end(): void {
    this.#quarters = 0;
    this.#rounds.remove(this, this.#step);
  }
}
