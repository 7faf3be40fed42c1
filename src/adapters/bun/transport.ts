import type { NativePubSub, Transport } from "../../core/contract/transport.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { linger } from "../../core/session/memory-budget.ts";
import type { Session } from "../../core/session/session.ts";
import { openSession, release, type Switching } from "../../core/upgrade/outcome.ts";
import { platform } from "../shared/platform.ts";
import type { BunServer, BunSocket } from "../shared/runtime-types.ts";

/** Bun 1.4.5 (2026-11) keeps what a closed socket was sent for so long, when its peer does not read. */
const LINGER_MS = 15_000;

/**
 * The mark of a transport, whichever copy of this code made it: under `bun --hot` there are several, whose classes differ. Nothing that a
 * client sends becomes a symbol.
 */
export const MARK: symbol = Symbol.for("onesocket.BunTransport");

declare const setTimeout: (run: () => void, ms: number) => { unref(): void };

/** The `data` of a native socket: what was decided and, once it is open, its session. */
export class BunTransport implements Transport, NativePubSub {
  raw!: BunSocket;
  readonly #decided: Switching;
  readonly #host: SessionHost;
  readonly server: BunServer;
  /** Its events come straight from Bun: one call less for each message. */
  session: Session | undefined;
  #waiting: (() => void)[] | undefined;
  #subscribed = false;
  /** Shorter messages are not compressed; undefined where none is. */
  readonly #threshold: number | undefined;

  constructor(decided: Switching, host: SessionHost, server: BunServer) {
    this.#decided = decided;
    this.#host = host;
    this.server = server;
    this.#threshold = decided.definition.compression?.threshold;
  }

  get mark(): symbol {
    return MARK;
  }

  opened(socket: BunSocket): void {
    this.raw = socket;
    socket.binaryType = "uint8array";
    this.session = openSession(this.#decided, this, this.#host);
    this.session?.opened();
  }

  flushed(): void {
    if (this.raw.getBufferedAmount() > 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const resolve of waiting ?? []) resolve();
  }

  /** Bun 1.4.5 (2026-11) tells 1006 for a lost peer and for one that broke the protocol; it closes ours as soon as sent. */
  ended(code: number, reason: string): void {
    release(this.#decided);
    this.session?.closed(code, reason, code !== 1006);
    this.flushed();
  }

  send(data: string | Uint8Array<ArrayBuffer>): number {
    const sent = this.raw.send(data, this.#compresses(data));
    // 0 or -1: what was not written now is buffered, or dropped. Not asked otherwise: a native call costs.
    return sent > 0 ? 0 : this.raw.getBufferedAmount();
  }

  #compresses(data: string | Uint8Array<ArrayBuffer>): boolean {
    return this.#threshold !== undefined && data.length >= this.#threshold;
  }

  /** Bun 1.4.5 (2026-11) keeps what is published in order with what is sent, before a Close too, and drops none of it. */
  get pubSub(): NativePubSub {
    return this;
  }

  subscribe(channel: string): void {
    this.raw.subscribe(channel);
    this.#subscribed = true;
  }

  unsubscribe(channel: string): void {
    this.raw.unsubscribe(channel);
  }

  publish(channel: string, data: string | Uint8Array<ArrayBuffer>, others: boolean): void {
    (others ? this.raw : this.server).publish(channel, data, this.#compresses(data));
  }

  close(code: number, reason: string): void {
    const buffered = this.raw.getBufferedAmount();
    if (buffered > 0) setTimeout(linger(buffered), LINGER_MS).unref();
    this.raw.close(code, reason);
  }

  terminate(): void {
    this.raw.terminate();
  }

  ping(): void {
    this.raw.ping();
  }

  get pingsItself(): boolean {
    return true;
  }

  bufferedAmount(): number {
    return this.raw.getBufferedAmount();
  }

  async drained(): Promise<void> {
    // What was published is written at the end of this turn.
    if (this.#subscribed) await new Promise<void>((resolve) => platform.after(0, resolve));
    if (this.raw.getBufferedAmount() === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  pause(): void {
    this.raw.pause();
  }

  resume(): void {
    this.raw.resume();
  }
}
