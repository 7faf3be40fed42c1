import type { Roster, Timers } from "../../presence/roster.ts";
import { decodeText, encodeText } from "../../protocol/utf8.ts";
import type { Broker, Subscriber } from "./broker.ts";

/** How often a process says that it lives. */
const BEAT_MS = 3000;

/**
 * After how many beats of ours the next finds dead who has said nothing: about ten seconds. Beats, for a clock may be set; and a process that was
 * stopped, and has heard nobody, has not beaten either.
 */
const SILENT_BEATS = 3;

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
  /** How often we have beaten since each was heard last. */
  readonly #heard = new Map<string, number>();
  /** Those that were taken for dead. */
  readonly #silent = new Set<string>();
  #platform: Timers | undefined;
  #stop: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(host: PulseHost) {
    this.#host = host;
  }

  /** Beats as long as there are rosters. */
  begin(platform: Timers): void {
    if (this.#platform) return;
    this.#platform = platform;
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
    if (this.#platform) this.#heard.set(from, 0);
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
    this.#look();
    for (const roster of rosters) roster.sweep();
    this.#stop = platform.after(BEAT_MS, () => this.#beat(platform));
  }

  #look(): void {
    for (const [from, beats] of this.#heard) {
      if (beats < SILENT_BEATS) this.#heard.set(from, beats + 1);
      else this.#fell(from);
    }
  }

  #fell(from: string): void {
    this.#heard.delete(from);
    this.#silent.add(from);
    for (const roster of this.#host.rosters()) roster.gone(from);
  }
}
