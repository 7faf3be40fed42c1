import type { Roster, Timers } from "../../presence/roster.ts";
import { decodeText, encodeText } from "../../protocol/utf8.ts";
import type { Broker, Subscriber } from "./broker.ts";

/** How often a process says that it lives, and after which silence the others take it for dead. */
const BEAT_MS = 3000;
const SILENCE_MS = 10_000;

/** No room's: a definition has a name. */
const CHANNEL = JSON.stringify(["", "presence"]);

/** What a pulse works for. */
export interface PulseHost {
  readonly broker: Broker;
  /** Of the rooms of this process that show who is there. */
  rosters(): readonly Roster[];
}

/** How the processes of rooms with presence know that the others live: one message of each in three seconds, however many rooms it has. */
export class Pulse implements Subscriber {
  readonly #host: PulseHost;
  /** When each was heard last. */
  readonly #heard = new Map<string, number>();
  /** Those that were taken for dead. */
  readonly #silent = new Set<string>();
  #platform: Timers | undefined;
  #last = 0;
  #stop: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(host: PulseHost) {
    this.#host = host;
  }

  /** Beats as long as there are rosters. */
  begin(platform: Timers): void {
    if (this.#platform) return;
    this.#platform = platform;
    this.#last = platform.now();
    this.#unsubscribe = this.#host.broker.subscribe(CHANNEL, this);
    this.#beat(platform);
  }

  end(): void {
    this.#stop?.();
    this.#unsubscribe?.();
    this.#platform = undefined;
    this.#heard.clear();
    this.#silent.clear();
  }

  /** Something came from a process. */
  heard(from: string): void {
    if (this.#platform) this.#heard.set(from, this.#platform.now());
    if (this.#silent.delete(from)) this.meet();
  }

  /** The broker is there again, or somebody is: all rooms ask who is there. */
  meet(): void {
    for (const roster of this.#host.rosters()) roster.meet();
  }

  receive(bytes: Uint8Array<ArrayBuffer>): void {
    const from = decodeText(bytes);
    if (from && from !== this.#host.broker.id) this.heard(from);
  }

  unreadable(): void {}

  size(): number {
    return 0;
  }

  #beat(platform: Timers): void {
    const rosters = this.#host.rosters();
    if (rosters.length === 0) this.end();
    else this.#say(platform, rosters);
  }

  #say(platform: Timers, rosters: readonly Roster[]): void {
    this.#host.broker.publish(CHANNEL, encodeText(this.#host.broker.id), 1);
    this.#look(platform.now());
    for (const roster of rosters) roster.sweep();
    this.#stop = platform.after(BEAT_MS, () => this.#beat(platform));
  }

  /** Who was stopped itself has heard nobody, and knows nothing. */
  #look(now: number): void {
    const wasStopped = now - this.#last > 2 * BEAT_MS;
    this.#last = now;
    for (const [from, at] of this.#heard) {
      if (wasStopped) this.#heard.set(from, now);
      else if (now - at > SILENCE_MS) this.#fell(from);
    }
  }

  #fell(from: string): void {
    this.#heard.delete(from);
    this.#silent.add(from);
    for (const roster of this.#host.rosters()) roster.gone(from);
  }
}
