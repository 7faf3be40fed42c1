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

/** For a socket whose definition has a heartbeat. */
function begin(socket: Owner): void {
  roundsOf(socket).add(socket);
}

/** Every `timeoutMs`: the last visit of each `everyMs` pings, never later, and the one after it decides. */
function visit(socket: Owner): void {
  const { everyMs, timeoutMs } = rulesOf(socket);
  const visits = Math.max(1, Math.floor(everyMs / timeoutMs));
  const turn = socket.visits++ % visits;
  if (!isSilent(socket)) socket.unsent = undefined;
  if (isSilent(socket) && turn === 1 % visits) {
    socket.platform.after(doubtMs(timeoutMs), () => decide(socket));
  } else if (turn === 0) {
    socket.unsent = socket.bufferedAmount ?? 0;
    socket.ping();
  }
}

/** A ping waits behind what was sent before. A peer that takes that is alive; one that is dead takes nothing. */
function isSilent({ backlog, bufferedAmount = 0, unsent }: Owner): boolean {
  return unsent !== undefined && !backlog?.paused && bufferedAmount >= unsent;
}

function decide(socket: Owner): void {
  if (isSilent(socket)) socket.move("LOST", { ...LOST, reason: "PING_TIMEOUT", failure: "PING_TIMEOUT" });
}

function end(socket: Owner): void {
  socket.unsent = undefined;
  if (socket.place > 0) roundsOf(socket).remove(socket);
}

function rulesOf({ definition }: Owner): HeartbeatRules {
  return definition.heartbeat as HeartbeatRules;
}

function roundsOf(socket: Owner): Rounds {
  return rounds(socket.platform, rulesOf(socket).timeoutMs);
}

/** Finds dead peers by pings. */
export interface Liveness {
  begin(socket: Owner): void;
  visit(socket: Owner): void;
  end(socket: Owner): void;
}

/** What hosts bring whose runtime lets us ping: the others carry none of it. */
export const liveness: Liveness = { begin, visit, end };

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
