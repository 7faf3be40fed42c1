import type { HeartbeatRules } from "../contract/heartbeat.ts";
import type { Platform } from "../contract/platform.ts";
import type { SessionInternals } from "./internals.ts";
import { LOST } from "./lifecycle.ts";
import { type TimerWheel, type WheelEntry, wheelOf } from "./timer-wheel.ts";

/**
 * How long a verdict waits, in milliseconds. A process that was busy has not read what has arrived, and its timers
 * come first: so it is given time to read. Nor is time counted in which nothing was read at all.
 */
function confirmMs(periodMs: number): number {
  return Math.max(periodMs / 16, 10);
}

/**
 * Finds out by pings whether one socket's peer is still there. Every open socket has one: so what they can share is not kept here, and no
 * method is private by `#`, which costs an instance 8 bytes.
 */
export class Liveness implements WheelEntry {
  readonly #socket: SessionInternals;
  slot = 0;
  /** A socket that has just opened needs no ping yet. */
  #ticks = 1;
  /** What the peer had not taken yet when it was pinged; undefined once it has shown life. */
  #unsent: number | undefined;

  /** For a socket whose definition has a heartbeat. */
  constructor(socket: SessionInternals) {
    this.#socket = socket;
    heartbeatWheel(socket).add(this);
  }

  /** The peer showed life. */
  reset(): void {
    this.#unsent = undefined;
  }

  /** Every `timeoutMs`: the last tick of each `everyMs` pings, never later, and the next one decides. */
  tick(): void {
    const { everyMs, timeoutMs } = rulesOf(this.#socket);
    const ticks = Math.max(1, Math.floor(everyMs / timeoutMs));
    const tick = this.#ticks++ % ticks;
    if (!this.isSilent) this.reset();
    if (this.isSilent && tick === 1 % ticks) {
      this.#socket.platform.after(confirmMs(timeoutMs), () => this.decide());
    } else if (tick === 0) {
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
    heartbeatWheel(this.#socket).remove(this);
  }
}

function rulesOf({ definition }: SessionInternals): HeartbeatRules {
  return definition.heartbeat as HeartbeatRules;
}

function heartbeatWheel(socket: SessionInternals): TimerWheel {
  return wheelOf(socket.platform, rulesOf(socket).timeoutMs);
}

/** Brought by the hosts whose runtime lets us ping, so that the others' bundles leave it out. */
export function liveness(socket: SessionInternals): Liveness {
  return new Liveness(socket);
}

/** Closes one socket on which no message has come for `limits.idleMs`. */
export class Idleness implements WheelEntry {
  readonly #socket: SessionInternals;
  readonly #idleMs: number;
  readonly #wheel: TimerWheel;
  slot = 0;
  #quarters = 0;

  constructor(socket: SessionInternals, platform: Platform, idleMs: number) {
    this.#socket = socket;
    this.#idleMs = idleMs;
    this.#wheel = wheelOf(platform, idleMs / 4);
    this.#wheel.add(this);
  }

  /** A message came. */
  reset(): void {
    this.#quarters = 0;
  }

  tick(): void {
    const { running, backlog } = this.#socket;
    this.#quarters = running || backlog?.paused ? 0 : this.#quarters + 1;
    if (this.#quarters > 4) this.#wheel.platform.after(confirmMs(this.#idleMs / 4), () => this.#decide());
  }

  #decide(): void {
    if (this.#quarters > 4 && !this.#socket.running)
      this.#socket.move("DISMISS", { code: 1001, reason: "idle", wasClean: true });
  }

  end(): void {
    this.#quarters = 0;
    this.#wheel.remove(this);
  }
}

/** Who listens for a socket's Pongs: kept here and not with each session, since hardly any has a listener. */
const listeners = new WeakMap<object, () => void>();

/** Calls `listener` for each protocol Pong of a socket, where the runtime tells of them. One for each socket. */
export function listenForPongs(socket: object, listener: () => void): void {
  listeners.set(socket, listener);
}

/** A Pong came. */
export function tellPong(socket: object): void {
  listeners.get(socket)?.();
}
