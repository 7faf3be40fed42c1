import type { Roster, Timers } from "../../presence/roster.ts";
import { decodeText, encodeText } from "../../protocol/utf8.ts";
import type { Broker, Subscriber } from "./broker.ts";

/** Milliseconds between two messages by which a process tells that it lives. */
const INTERVAL_MS = 3000;

/**
 * How many of our own messages another process may be silent for; at the next it is taken for dead, after about ten seconds. Counted and not timed, for
 * a clock may be set; and a process that was stopped, so that nothing reached it, has sent nothing either.
 */
const MAX_SILENT = 3;

/** The channel of no room, for a definition's name is never empty. */
const CHANNEL = JSON.stringify(["", "presence"]);

/** What it needs of its process. */
export interface ProcessLivenessHost {
  readonly broker: Broker;
  /** Of the rooms of this process that show who is there. */
  rosters(): readonly Roster[];
}

/** Finds which processes of rooms with presence live: each sends one message in three seconds, however many rooms it has. */
export class ProcessLiveness implements Subscriber {
  readonly #host: ProcessLivenessHost;
  /** How many messages we have sent since the last of each process. */
  readonly #silence = new Map<string, number>();
  /** Processes that were taken for dead. */
  readonly #dead = new Set<string>();
  #platform: Timers | undefined;
  #stop: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(host: ProcessLivenessHost) {
    this.#host = host;
  }

  /** Begins to send and to watch; it goes on for as long as there are rosters. */
  start(platform: Timers): void {
    if (this.#platform) return;
    this.#platform = platform;
    this.#unsubscribe = this.#host.broker.subscribe(CHANNEL, this);
    this.#tick(platform);
  }

  stop(): void {
    this.#stop?.();
    this.#unsubscribe?.();
    this.#platform = undefined;
    this.#silence.clear();
    this.#dead.clear();
  }

  /** A process has sent something. */
  seen(from: string): void {
    if (this.#platform) this.#silence.set(from, 0);
    if (this.#dead.delete(from)) this.meet();
  }

  /** The broker, or a process that was taken for dead, is there again: all rosters ask who is there. */
  meet(): void {
    for (const roster of this.#host.rosters()) roster.meet();
  }

  receive(bytes: Uint8Array<ArrayBuffer>): void {
    const from = decodeText(bytes);
    if (from && from !== this.#host.broker.id) this.seen(from);
  }

  unreadable(): void {}

  size(): number {
    return 0;
  }

  #tick(platform: Timers): void {
    const rosters = this.#host.rosters();
    if (rosters.length === 0) this.stop();
    else this.#send(platform, rosters);
  }

  #send(platform: Timers, rosters: readonly Roster[]): void {
    this.#host.broker.publish(CHANNEL, encodeText(this.#host.broker.id), 1);
    this.#watch();
    for (const roster of rosters) roster.sweep();
    this.#stop = platform.after(INTERVAL_MS, () => this.#tick(platform));
  }

  #watch(): void {
    for (const [from, messages] of this.#silence) {
      if (messages < MAX_SILENT) this.#silence.set(from, messages + 1);
      else this.#died(from);
    }
  }

  #died(from: string): void {
    this.#silence.delete(from);
    this.#dead.add(from);
    for (const roster of this.#host.rosters()) roster.gone(from);
  }
}
