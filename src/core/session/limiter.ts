import type { Place } from "../contract/capacity.ts";
import type { Rate } from "../contract/rate.ts";
import type { SessionInternals } from "./internals.ts";
import { Idleness } from "./liveness.ts";

/** What closes a socket whose decision is good no longer. 3000 is registered for unauthorized. */
const EXPIRED = { code: 3000, reason: "expired", wasClean: true } as const;

/** A timer of 2^31 ms fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Holds a socket to what only some definitions or decisions limit: its place, its pace, its silence, and its time. */
export class Limiter {
  readonly #socket: SessionInternals;
  readonly #place: Place | undefined;
  readonly #rate: Rate | undefined;
  readonly #idleness: Idleness | undefined;
  #stopTimer: (() => void) | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(socket: SessionInternals, place: Place | undefined) {
    const { platform, transport } = socket;
    const { limits, rate } = socket.definition;
    this.#socket = socket;
    this.#place = place;
    place?.take();
    this.#rate = rate?.(platform.now());
    // A socket that can hibernate has no timer, which would keep it awake.
    if (transport.save) return;
    this.#awaitExpiry();
    if (limits.idleMs !== Infinity) this.#idleness = new Idleness(socket, platform, limits.idleMs);
  }

  #awaitExpiry(): void {
    const { platform, snapshot } = this.#socket;
    if (snapshot.until === undefined) return;
    const ms = Math.min(Math.max(snapshot.until - platform.now(), 1), LONGEST_MS);
    this.#stopTimer = platform.after(ms, () => {
      if (!this.expired()) this.#awaitExpiry();
    });
  }

  /** Whether its decision is good no longer: then the socket is closed, and what had arrived before is handed out. */
  expired(): boolean {
    const { platform, snapshot } = this.#socket;
    const isOver = snapshot.until !== undefined && snapshot.until <= platform.now();
    if (isOver) this.#socket.move("DISMISS", EXPIRED);
    return isOver;
  }

  /** Counts a message that came; false when it is more than `limits.messagesPerSecond` allows. */
  admit(): boolean {
    this.#idleness?.reset();
    return this.#rate?.count(this.#socket.platform.now()) ?? true;
  }

  /** Reading goes on, which had stopped. */
  resumed(): void {
    this.#rate?.resumed();
  }

  end(): void {
    this.#idleness?.end();
    this.#stopTimer?.();
    this.#place?.leave();
  }
}

/** Undefined where nothing of it is limited. */
export function limiterOf(socket: SessionInternals, place: Place | undefined): Limiter | undefined {
  const { limits, rate } = socket.definition;
  const isLimited = place || rate || socket.snapshot.until !== undefined || limits.idleMs !== Infinity;
  return isLimited ? new Limiter(socket, place) : undefined;
}
