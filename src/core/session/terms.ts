import type { Place } from "../contract/capacity.ts";
import type { Rate } from "../contract/rate.ts";
import { Expiry } from "./expiry.ts";
import { Idleness } from "./liveness.ts";
import type { Owner } from "./owner.ts";

/** What only some sockets are held to: how many they are, how often they speak, how long they are silent, and how long their decision is good. */
export class Terms {
  readonly #socket: Owner;
  readonly #place: Place | undefined;
  readonly #rate: Rate | undefined;
  readonly #idleness: Idleness | undefined;
  /** What closes it with 3000 when its decision is no longer good. */
  readonly #expiry: Expiry | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(socket: Owner, place: Place | undefined) {
    const { platform, snapshot, transport } = socket;
    const { limits, rate } = socket.definition;
    this.#socket = socket;
    this.#place = place;
    place?.take();
    this.#rate = rate?.(platform.now());
    if (snapshot.until !== undefined) this.#expiry = new Expiry(socket, snapshot.until);
    // No timer must keep a socket awake that can hibernate.
    if (transport.save) return;
    this.#expiry?.watch();
    if (limits.idleMs !== Infinity) this.#idleness = new Idleness(socket, platform, limits.idleMs);
  }

  /** Whether its decision is no longer good; then the socket is closed. */
  expired(): boolean {
    return this.#expiry?.check() ?? false;
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
    this.#expiry?.end();
    this.#place?.leave();
  }
}

/** Undefined where there is nothing that a socket is held to. */
export function termsOf(socket: Owner, place: Place | undefined): Terms | undefined {
  const { limits, rate } = socket.definition;
  const isHeld = place || rate || socket.snapshot.until !== undefined || limits.idleMs !== Infinity;
  return isHeld ? new Terms(socket, place) : undefined;
}
