import type { Place } from "../contract/capacity.ts";
import type { Rate } from "../contract/rate.ts";
import { Idleness } from "./liveness.ts";
import type { Owner } from "./owner.ts";

/** What a socket is closed with whose decision was good until now. 3000 is registered for unauthorized. */
const EXPIRED = { code: 3000, reason: "expired", wasClean: true } as const;

/** A timer of 2^31 ms fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** What only some sockets are held to: how many they are, how often they speak, how long they are silent, and how long their decision is good. */
export class Terms {
  readonly #socket: Owner;
  readonly #place: Place | undefined;
  readonly #rate: Rate | undefined;
  readonly #idleness: Idleness | undefined;
  #stopTimer: (() => void) | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(socket: Owner, place: Place | undefined) {
    const { platform, transport } = socket;
    const { limits, rate } = socket.definition;
    this.#socket = socket;
    this.#place = place;
    place?.take();
    this.#rate = rate?.(platform.now());
    // No timer must keep a socket awake that can hibernate.
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

  /** Whether its decision is no longer good: then the socket is closed, and what had arrived before is handed out. */
  expired(): boolean {
    const { platform, snapshot } = this.#socket;
    const isOver = snapshot.until !== undefined && snapshot.until <= platform.now();
    if (isOver) this.#socket.move("DISMISS", EXPIRED);
    return isOver;
  }

  /** A message came. False when it is one too many. */
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

/** Undefined where there is nothing that a socket is held to. */
export function termsOf(socket: Owner, place: Place | undefined): Terms | undefined {
  const { limits, rate } = socket.definition;
  const isHeld = place || rate || socket.snapshot.until !== undefined || limits.idleMs !== Infinity;
  return isHeld ? new Terms(socket, place) : undefined;
}
