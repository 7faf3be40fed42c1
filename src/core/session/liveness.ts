import type { HeartbeatRules } from "../contract/heartbeat.ts";
import type { Platform } from "../contract/platform.ts";
import { LOST } from "./lifecycle.ts";
import type { Owner } from "./owner.ts";
import { type Rounds, rounds, type Visited } from "./rounds.ts";

/**
 * Milliseconds before what was seen is believed. A process that was busy meanwhile has not read what has arrived, and its timers
 * come first: so it is given time to read. Nor is time counted in which nothing was read at all.
 */
function doubtMs(periodMs: number): number {
  return Math.max(periodMs / 16, 10);
}

/** One socket's heartbeat. Every open socket has one, so what they can share is not here, nor is a method private by `#`, which costs each 8 bytes. */
export class Liveness implements Visited {
  readonly #socket: Owner;
  place = 0;
  /** A socket that has just opened needs no ping yet. */
  #visits = 1;
  /** What the peer had not taken yet when it was pinged; undefined once it has shown life. */
  #unsent: number | undefined;

  /** For a socket whose definition has a heartbeat. */
  constructor(socket: Owner) {
    this.#socket = socket;
    roundsOf(socket).add(this);
  }

  /** The peer showed life. */
  reset(): void {
    this.#unsent = undefined;
  }

  /** Every `timeoutMs`: the last visit of each `everyMs` pings, never later, and the one after it decides. */
  visit(): void {
    const { everyMs, timeoutMs } = rulesOf(this.#socket);
    const visits = Math.max(1, Math.floor(everyMs / timeoutMs));
    const visit = this.#visits++ % visits;
    if (!this.isSilent) this.reset();
    if (this.isSilent && visit === 1 % visits) {
      this.#socket.platform.after(doubtMs(timeoutMs), () => this.decide());
    } else if (visit === 0) {
      this.#unsent = this.#socket.bufferedAmount ?? 0;
      this.#socket.ping();
    }
  }

  /** A ping waits behind what was sent before. A peer that takes that is alive; one that is dead takes nothing. */
  private get isSilent(): boolean {
    const { backlog, bufferedAmount = 0 } = this.#socket;
    return this.#unsent !== undefined && !backlog?.paused && bufferedAmount >= this.#unsent;
  }

  private decide(): void {
    if (this.isSilent) this.#socket.move("LOST", { ...LOST, reason: "PING_TIMEOUT", failure: "PING_TIMEOUT" });
  }

  end(): void {
    this.reset();
    roundsOf(this.#socket).remove(this);
  }
}

function rulesOf({ definition }: Owner): HeartbeatRules {
  return definition.heartbeat as HeartbeatRules;
}

function roundsOf(socket: Owner): Rounds {
  return rounds(socket.platform, rulesOf(socket).timeoutMs);
}

/** What hosts bring whose runtime lets us ping: the others carry none of it. */
export function liveness(socket: Owner): Liveness {
  return new Liveness(socket);
}

/** One socket's idleness. */
export class Idleness implements Visited {
  readonly #socket: Owner;
  readonly #idleMs: number;
  readonly #rounds: Rounds;
  place = 0;
  #quarters = 0;

  constructor(socket: Owner, platform: Platform, idleMs: number) {
    this.#socket = socket;
    this.#idleMs = idleMs;
    this.#rounds = rounds(platform, idleMs / 4);
    this.#rounds.add(this);
  }

  /** A message came. */
  reset(): void {
    this.#quarters = 0;
  }

  visit(): void {
    const { running, backlog } = this.#socket;
    this.#quarters = running || backlog?.paused ? 0 : this.#quarters + 1;
    if (this.#quarters > 4) this.#rounds.platform.after(doubtMs(this.#idleMs / 4), () => this.#decide());
  }

  #decide(): void {
    if (this.#quarters > 4 && !this.#socket.running)
      this.#socket.move("DISMISS", { code: 1001, reason: "idle", wasClean: true });
  }

  end(): void {
    this.#quarters = 0;
    this.#rounds.remove(this);
  }
}

/** Who wants to hear of a socket's Pongs: kept here and not with each session, since hardly any has one. */
const listeners = new WeakMap<object, () => void>();

/** Calls `listener` for each protocol Pong of a socket, where the runtime tells of them. One for each socket. */
export function listenForPongs(socket: object, listener: () => void): void {
  listeners.set(socket, listener);
}

/** A Pong came. */
export function tellPong(socket: object): void {
  listeners.get(socket)?.();
}
