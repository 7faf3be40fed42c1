import type { SocketDefinition } from "../contract/definition.ts";
import { heartbeatTimes, Pulse } from "../contract/heartbeat.ts";
import type { Platform } from "../contract/platform.ts";
import { rounds } from "./rounds.ts";

/** What a vigil does to its socket. */
export interface Watched {
  /** Absent where the runtime sends no pings for us. */
  readonly ping?: (() => void) | undefined;
  /** It sleeps, and no timer may wake it. */
  readonly hibernates: boolean;
  /** The peer is dead. */
  lost(): void;
  /** `limits.idleMs` passed without a message. */
  idled(): void;
}

/** Whether a definition's sockets need a vigil at all. */
export function watches({ heartbeat, limits }: SocketDefinition): boolean {
  return Boolean(heartbeat) || limits.idleMs < Infinity;
}

/** What is done for one open socket as long as it is open: its heartbeat, its idleness. */
export class Vigil {
  readonly #ends: (() => void)[] = [];
  #pulse: Pulse | undefined;
  #quarters = 0;

  constructor(definition: SocketDefinition, platform: Platform, socket: Watched) {
    if (!socket.hibernates) this.#time(definition, platform, socket);
  }

  #time({ heartbeat, limits }: SocketDefinition, platform: Platform, socket: Watched): void {
    const times = socket.ping && heartbeatTimes(heartbeat);
    if (times) {
      const pulse = new Pulse(socket.ping, () => socket.lost(), times);
      this.#pulse = pulse;
      this.#ends.push(rounds(platform, times.timeoutMs, () => pulse.visit()));
    }
    if (limits.idleMs !== Infinity) this.#ends.push(rounds(platform, limits.idleMs / 4, () => this.#count(socket)));
  }

  #count(socket: Watched): void {
    this.#quarters += 1;
    if (this.#quarters > 4) socket.idled();
  }

  /** A sign of life; a message is one, and ends idleness too. */
  heard(message: boolean): void {
    this.#pulse?.heard();
    if (message) this.#quarters = 0;
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
