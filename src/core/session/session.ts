import type { SocketDefinition } from "../contract/definition.ts";
import { notificationOf } from "../contract/notify.ts";
import type { Observer } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import { exceeds, sendable } from "../contract/sendable.ts";
import { type Message, READY_STATE, type Sendable } from "../contract/socket.ts";
import type { NativePubSub, Shared, Transport } from "../contract/transport.ts";
import type { ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import type { LiveRoom } from "../rooms/room.ts";
import type { Place } from "./capacity.ts";
import { forget, type Holder, NOTEWORTHY_BYTES, note } from "./ledger.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Idleness, Pulse, type Watched } from "./liveness.ts";
import { tellPong } from "./pongs.ts";
import { Rate } from "./rate.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a session needs of its host. */
export interface SessionHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  waitUntil(promise: Promise<unknown>): void;
  /** The session is over: its socket is gone and its handlers have ended. */
  left?(session: Session): void;
}

/** The joint between any runtime's events and the user's handlers: how it begins, runs hooks and ends is its {@link Lifecycle}. */
export class Session extends Lifecycle implements Holder, Watched {
  readonly room: LiveRoom;
  readonly #host: SessionHost;
  readonly #place: Place | undefined;
  readonly #pulse: Pulse | undefined;
  readonly #idleness: Idleness | undefined;
  readonly #rate: Rate | undefined;
  #abort: AbortController | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(
    definition: SocketDefinition,
    snapshot: Snapshot,
    room: LiveRoom,
    transport: Transport,
    host: SessionHost,
    place?: Place,
  ) {
    const { platform } = host;
    super(definition, snapshot, transport, platform, host.observe);
    this.#host = host;
    this.#place = place;
    place?.take();
    this.room = room;
    room.join(this);
    const { heartbeat, limits } = definition;
    if (limits.messagesPerSecond !== Infinity) this.#rate = new Rate(limits.messagesPerSecond, platform.now());
    // No timer must keep a socket awake that can hibernate.
    if (transport.save) return;
    if (heartbeat && transport.ping && (heartbeat.asked || !transport.pingsItself))
      this.#pulse = new Pulse(this, platform, heartbeat);
    if (limits.idleMs !== Infinity) this.#idleness = new Idleness(this, platform, limits.idleMs);
  }

  // What the adapter tells, beside `opened` and `closed`.

  /** Anything at all arrived. */
  receiveBytes(): void {
    this.#pulse?.heard();
  }

  /** A protocol Pong arrived. */
  receivePong(): void {
    this.#pulse?.heard();
    tellPong(this);
  }

  /** A whole message arrived. */
  receiveMessage(data: Message): void {
    if (this.readyState !== READY_STATE.OPEN) return;
    this.#pulse?.heard();
    this.#idleness?.heard();
    this.traffic?.received.add(data);
    const { heartbeat, limits } = this.definition;
    if (this.#rate !== undefined && !this.#rate.take(this.platform.now())) this.fail("RATE_LIMITED");
    else if (heartbeat && data === heartbeat.text?.ping) this.send(heartbeat.text.pong);
    else if (exceeds(data, limits.messageBytes)) this.fail("MESSAGE_TOO_BIG");
    else if (!this.take(data)) this.fail("QUEUE_FULL");
    else if (this.#bytesWaiting > NOTEWORTHY_BYTES) note(this);
  }

  /** A message that is under way takes so many bytes of memory. */
  messageGrows(bytes: number): void {
    if (bytes > NOTEWORTHY_BYTES && this.readyState !== READY_STATE.CLOSED) note(this);
  }

  // What it holds of the process's memory.

  buffered(): number {
    return (this.bufferedAmount ?? 0) + this.#received;
  }

  held(): number {
    return (this.transport.held?.() ?? this.bufferedAmount ?? 0) + this.#received;
  }

  /** Bytes of what came, as a whole or not, and no hook has taken. */
  get #received(): number {
    return this.#bytesWaiting + (this.transport.receivingBytes?.() ?? 0);
  }

  /** Bytes that wait for a hook. */
  get #bytesWaiting(): number {
    return this.backlog?.bytes ?? 0;
  }

  get mostInAll(): number {
    const { bufferedTotal } = this.definition.limits;
    // Who can't tell what is unsent knows too little.
    if (!this.transport.bufferedAmount) return Infinity;
    return bufferedTotal < 1 ? bufferedTotal * (this.platform.memory ?? Infinity) : bufferedTotal;
  }

  shed(): void {
    if (this.readyState === READY_STATE.OPEN) {
      const why = this.#blame();
      this.transport.drop?.();
      this.fail(why);
    } else {
      this.discard();
      this.transport.terminate();
    }
  }

  /** Why most of what is held is held. */
  #blame(): ProtocolFailureCode {
    if (2 * this.#received < this.buffered()) return "SLOW_CONSUMER";
    return 2 * this.#bytesWaiting < this.#received ? "SLOW_PRODUCER" : "QUEUE_FULL";
  }

  // What the user's handlers see.

  get env(): unknown {
    return this.#host.env;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.readyState === READY_STATE.CLOSED) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get bufferedAmount(): number | undefined {
    return this.transport.bufferedAmount?.();
  }

  get raw(): unknown {
    return this.transport.raw;
  }

  send(data: Sendable): boolean {
    return this.deliver(sendable(data));
  }

  notify(name: string, params?: unknown): boolean {
    return this.deliver(notificationOf(this.definition, name, params));
  }

  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message, shared?: Shared): boolean {
    if (this.readyState !== READY_STATE.OPEN) return false;
    const buffered = this.transport.send(data, shared);
    this.traffic?.sent.add(data);
    if (buffered > NOTEWORTHY_BYTES || buffered > this.definition.limits.bufferedBytes) this.#weigh(buffered);
    return true;
  }

  /** So much is buffered: too much for one socket, or in all? */
  #weigh(buffered: number): void {
    if (buffered > this.definition.limits.bufferedBytes) this.fail("SLOW_CONSUMER");
    else if (buffered > NOTEWORTHY_BYTES) note(this);
  }

  /** How a broadcast of the runtime's own reaches it; undefined where none does, or where each message is counted. */
  get pubSub(): NativePubSub | undefined {
    return this.traffic ? undefined : this.transport.pubSub;
  }

  /** Fails when it is too slow for what it was sent by such a broadcast. */
  checkBuffer(): void {
    this.#weigh(this.bufferedAmount ?? 0);
  }

  /** Sends a protocol ping, where the runtime lets us. */
  ping(): void {
    if (this.readyState === READY_STATE.OPEN) this.transport.ping?.();
  }

  drained(): Promise<void> {
    return this.transport.drained?.() ?? Promise.resolve();
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#host.waitUntil(promise.catch((error) => this.report(error)));
  }

  // How it is watched.

  get deaf(): boolean {
    return this.backlog?.paused === true;
  }

  /** A protocol ping was not answered in time: no closing handshake can be had either. */
  lost(): void {
    this.transport.terminate();
    this.closed(1006, "PING_TIMEOUT", false, "PING_TIMEOUT");
  }

  idled(): void {
    this.dismiss(1001, "idle");
  }

  // What its lifecycle brings.

  protected readsOn(): void {
    this.#rate?.resumed();
  }

  protected withdrawn(): void {
    this.room.leave(this);
  }

  protected gone(): void {
    this.#pulse?.end();
    this.#idleness?.end();
    this.#place?.leave();
    this.#abort?.abort();
  }

  protected parted(): void {
    forget(this);
    this.room.release();
    this.#host.left?.(this);
  }
}
