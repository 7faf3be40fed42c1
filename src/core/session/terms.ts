import type { Place } from "../contract/capacity.ts";
import { Expiry } from "./expiry.ts";
import { Idleness } from "./liveness.ts";
import type { Owner } from "./owner.ts";
import { Rate } from "./rate.ts";

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
    const { idleMs, messagesPerSecond } = socket.definition.limits;
    this.#socket = socket;
    this.#place = place;
    place?.take();
    if (messagesPerSecond !== Infinity) this.#rate = new Rate(messagesPerSecond, platform.now());
    if (snapshot.until !== undefined) this.#expiry = new Expiry(socket, snapshot.until);
    // No timer must keep a socket awake that can hibernate.
    if (transport.save) return;
    this.#expiry?.watch();
    if (idleMs !== Infinity) this.#idleness = new Idleness(socket, platform, idleMs);
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
  const { idleMs, messagesPerSecond } = socket.definition.limits;
  const isHeld = place || socket.snapshot.until !== undefined || idleMs !== Infinity || messagesPerSecond !== Infinity;
  return isHeld ? new Terms(socket, place) : undefined;
}
