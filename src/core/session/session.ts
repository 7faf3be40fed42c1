import type { SocketDefinition } from "../contract/definition.ts";
import { type Observer, observerOf, type Told, tell } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import { exceeds, sendable } from "../contract/sendable.ts";
import { type CloseEvent, type Message, READY_STATE, type Sendable, type Socket } from "../contract/socket.ts";
import { awaitable } from "../contract/thenable.ts";
import type { NativeSubscriber, Transport } from "../contract/transport.ts";
import type { Broadcast } from "../protocol/broadcast.ts";
import { checkClose } from "../protocol/close.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import type { LiveRoom } from "../rooms/room.ts";
import { Backlog } from "./backlog.ts";
import type { Place } from "./capacity.ts";
import { forget, type Holder, NOTEWORTHY_BYTES, note } from "./ledger.ts";
import { Idleness, Pulse, type Watched } from "./liveness.ts";
import { Member, type Seed } from "./member.ts";
import { tellPong } from "./pongs.ts";
import { Tally } from "./tally.ts";

/** What a session needs of its host. */
export interface SessionHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  waitUntil(promise: Promise<unknown>): void;
  /** The session is over: its socket is gone and its handlers have ended. */
  left?(session: Session): void;
}

/**
 * The joint between any runtime's events and the user's handlers. The rules live here, once:
 * one handler at a time, in arrival order; `open` first and `close` last, exactly once; a throw goes to `error`.
 *
 * A socket is open until one side closes it or it is lost. Then what has arrived is handed out all the same, unless our own
 * side wants no more of it; then `close` runs, and the session is over. From the moment that the socket is gone, each hook has
 * `limits.closeMs` to end: if it does not, it is given up, and what waits behind it is dropped.
 */
export class Session extends Member implements Socket, Holder, Watched {
  readonly room: LiveRoom;
  readonly #host: SessionHost;
  readonly #observe: Observer;
  /** Kept for an observer that wants it. */
  readonly #traffic: { readonly received: Tally; readonly sent: Tally } | undefined;
  readonly #pulse: Pulse | undefined;
  readonly #idleness: Idleness | undefined;
  readonly #place: Place | undefined;
  /** Made when a message has to wait. */
  #backlog: Backlog | undefined;
  #readyState: 1 | 2 | 3 = READY_STATE.OPEN;
  #abort: AbortController | undefined;
  /** What our own side closed with: told as how the socket closed, since Bun does not wait for the peer's answer. */
  #ownClose: CloseEvent | undefined;
  /** What the `close` hook will be called with. */
  #closeEvent: CloseEvent | undefined;
  /** What it was called with. */
  #lastEvent: CloseEvent | undefined;
  /** Messages that had arrived were not handed out: the socket did not close cleanly, whatever the peer was told. */
  #dropped = false;
  /** How long it was open, in milliseconds. */
  #openMs = 0;
  /** The socket is gone, and its handlers have ended. */
  #over = false;
  #mourners: ((event: CloseEvent) => void)[] | undefined;
  #cancelTimer: (() => void) | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(
    definition: SocketDefinition,
    seed: Seed,
    room: LiveRoom,
    transport: Transport,
    host: SessionHost,
    place?: Place,
  ) {
    super(definition, seed, transport);
    this.#place = place;
    place?.take();
    this.#host = host;
    this.#observe = observerOf(definition, host.observe);
    if (!this.#observe.brief) this.#traffic = { received: new Tally(), sent: new Tally() };
    this.room = room;
    room.join(this);
    // No timer must keep a socket awake that can hibernate.
    if (transport.save) return;
    const { heartbeat, limits } = definition;
    if (heartbeat && transport.ping && (heartbeat.asked || !transport.pingsItself))
      this.#pulse = new Pulse(this, host.platform, heartbeat);
    if (limits.idleMs !== Infinity) this.#idleness = new Idleness(this, host.platform, limits.idleMs);
  }

  // What the adapter tells.

  /** The connection is open: runs the `open` hook. Not called for a socket that woke from hibernation. */
  opened(): void {
    if (this.#traffic) this.#tell({ type: "opened", socket: this.id, remoteAddress: this.remoteAddress });
    this.run(this.definition.open, this.definition, undefined);
    this.ran();
  }

  /** Anything at all arrived. */
  heard(): void {
    this.#pulse?.heard();
  }

  /** A protocol Pong arrived. */
  ponged(): void {
    this.#pulse?.heard();
    tellPong(this);
  }

  /** A whole message arrived. */
  receive(data: Message): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#pulse?.heard();
    this.#idleness?.heard();
    this.#traffic?.received.add(data);
    const { heartbeat } = this.definition;
    if (heartbeat && data === heartbeat.text?.ping) {
      this.send(heartbeat.text.pong);
    } else if (exceeds(data, this.definition.limits.messageBytes)) {
      this.fail("MESSAGE_TOO_BIG");
    } else if (this.occupied()) {
      this.#enqueue(data);
    } else {
      this.run(this.definition.message, this.definition, data);
      this.ran();
    }
  }

  /** The connection has ended; only the first call counts. 1006 stands for a lost one. `failure`: why, where it is known. */
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void {
    if (this.#readyState === READY_STATE.CLOSED) return;
    this.#readyState = READY_STATE.CLOSED;
    if (failure) this.#tell({ type: "failed", code: failure, socket: this.id });
    const own = code === 1006 ? undefined : this.#ownClose;
    this.#closeEvent = own ? { ...own, wasClean: own.wasClean && wasClean } : { code, reason, wasClean };
    this.#openMs = this.#host.platform.now() - this.since;
    this.room.leave(this);
    this.#pulse?.end();
    this.#idleness?.end();
    this.#place?.leave();
    this.#abort?.abort();
    this.#cancelTimer?.();
    if (this.occupied()) this.#bound();
    else this.pump();
  }

  /** Closes because of what the peer did; the failure's code is the close reason. */
  fail(failure: ProtocolFailureCode): void {
    if (this.#readyState === READY_STATE.OPEN) this.#tell({ type: "failed", code: failure, socket: this.id });
    if (failure === "SLOW_CONSUMER") this.transport.drop?.();
    this.#endFailed(failure);
  }

  /** Resolves when the socket is gone and its handlers have ended, or had `limits.closeMs` to end after `close`. */
  ended(): Promise<CloseEvent> {
    return new Promise((resolve) => {
      if (this.#over) resolve(this.#lastEvent!);
      else this.#mourners = [...(this.#mourners ?? []), resolve];
    });
  }

  // What it holds of the process's memory.

  buffered(): number {
    return (this.bufferedAmount ?? 0) + this.#waiting;
  }

  held(): number {
    return (this.transport.held?.() ?? this.bufferedAmount ?? 0) + this.#waiting;
  }

  /** Bytes that wait for a hook. */
  get #waiting(): number {
    return this.#backlog?.bytes ?? 0;
  }

  get mostInAll(): number {
    const { bufferedTotal } = this.definition.limits;
    // Who can't tell what is unsent knows too little.
    if (!this.transport.bufferedAmount) return Infinity;
    return bufferedTotal < 1 ? bufferedTotal * (this.#host.platform.memory ?? Infinity) : bufferedTotal;
  }

  shed(): void {
    if (this.#readyState === READY_STATE.OPEN) {
      this.transport.drop?.();
      this.fail(2 * this.#waiting > this.buffered() ? "QUEUE_FULL" : "SLOW_CONSUMER");
    } else {
      this.#discard();
      this.transport.terminate();
    }
  }

  // What the user's handlers see.

  get env(): unknown {
    return this.#host.env;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#readyState === READY_STATE.CLOSED) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get readyState(): 1 | 2 | 3 {
    return this.#readyState;
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

  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message, broadcast?: Broadcast): boolean {
    if (this.#readyState !== READY_STATE.OPEN) return false;
    const buffered = this.transport.send(data, broadcast);
    this.#traffic?.sent.add(data);
    if (buffered > NOTEWORTHY_BYTES || buffered > this.definition.limits.bufferedBytes) this.#weigh(buffered);
    return true;
  }

  /** So much is buffered: too much for one socket, or in all? */
  #weigh(buffered: number): void {
    if (buffered > this.definition.limits.bufferedBytes) this.fail("SLOW_CONSUMER");
    else if (buffered > NOTEWORTHY_BYTES) note(this);
  }

  /** How a broadcast of the runtime's own reaches it; undefined where none does, or where each message is counted. */
  get subscriber(): NativeSubscriber | undefined {
    return this.#traffic ? undefined : this.transport.subscriber;
  }

  /** Fails when it is too slow for what it was sent by such a broadcast. */
  checkBuffer(): void {
    this.#weigh(this.bufferedAmount ?? 0);
  }

  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    this.#discard();
    this.#end({ code, reason, wasClean: true });
  }

  terminate(): void {
    this.#discard();
    if (this.#readyState === READY_STATE.CLOSED) return;
    if (this.#readyState === READY_STATE.OPEN) this.#leave();
    this.transport.terminate();
  }

  /** Sends a protocol ping, where the runtime lets us. */
  ping(): void {
    if (this.#readyState === READY_STATE.OPEN) this.transport.ping?.();
  }

  drained(): Promise<void> {
    return this.transport.drained?.() ?? Promise.resolve();
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#host.waitUntil(promise.catch((error) => this.#report(error)));
  }

  // How it is watched.

  get deaf(): boolean {
    return this.#backlog?.paused === true;
  }

  get working(): boolean {
    return this.busy;
  }

  /** A protocol ping was not answered in time: no closing handshake can be had either. */
  lost(): void {
    this.transport.terminate();
    this.closed(1006, "PING_TIMEOUT", false, "PING_TIMEOUT");
  }

  idled(): void {
    this.dismiss(1001, "idle");
  }

  // How it ends.

  /** `close`, for who asks everybody to go: what has arrived is handed out before the `close` hook. */
  dismiss(code: number, reason: string): void {
    this.#end({ code, reason, wasClean: true });
  }

  #end(close: CloseEvent): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#ownClose = close;
    this.#leave();
    this.#startTimer(() => this.#abandon());
    this.transport.close(close.code, close.reason);
  }

  /** Takes and sends nothing more. */
  #leave(): void {
    this.#readyState = READY_STATE.CLOSING;
    this.room.leave(this);
    this.#backlog?.resume();
  }

  #endFailed(failure: ProtocolFailureCode): void {
    this.#discard();
    this.#end({ code: FAILURE_CLOSE[failure], reason: failure, wasClean: false });
  }

  #startTimer(run: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#host.platform.after(this.definition.limits.closeMs, run);
  }

  /** The peer never answered our Close. */
  #abandon(): void {
    this.transport.terminate();
    this.closed(1006, "", false);
  }

  /** Gives the hook that runs `limits.closeMs` to end, long after which its socket has. */
  #bound(): void {
    this.#startTimer(() => {
      this.#discard();
      this.giveUp();
    });
  }

  /** The last event, exactly once, even when a hook never ends. */
  #finish(close: CloseEvent): void {
    const event = { ...close, wasClean: close.wasClean && !this.#dropped };
    this.#closeEvent = undefined;
    this.#lastEvent = event;
    if (this.#traffic) this.#tellClosed(event, this.#traffic);
    this.run(this.definition.close, this.definition, event);
  }

  #part(event: CloseEvent): void {
    if (this.#over) return;
    this.#over = true;
    forget(this);
    this.room.release();
    this.#host.left?.(this);
    for (const mourner of this.#mourners?.splice(0) ?? []) mourner(event);
  }

  // How hooks take their turns.

  protected next(): boolean {
    const data = this.#backlog?.shift();
    const event = this.#closeEvent;
    if (data !== undefined) this.run(this.definition.message, this.definition, data);
    else if (event) this.#finish(event);
    else return false;
    if (this.#readyState === READY_STATE.CLOSED && this.busy) this.#bound();
    return true;
  }

  protected rested(): void {
    if (this.#lastEvent) {
      this.#cancelTimer?.();
      this.#part(this.#lastEvent);
    }
    this.#backlog?.resume();
  }

  #enqueue(data: Message): void {
    this.#backlog ??= new Backlog(this.definition.limits, this.transport);
    if (!this.#backlog.push(data)) this.fail("QUEUE_FULL");
    else if (this.#waiting > NOTEWORTHY_BYTES) note(this);
  }

  /** Our own side wants nothing more of what has arrived. */
  #discard(): void {
    const messages = this.#backlog?.clear() ?? 0;
    if (messages === 0) return;
    this.#dropped = true;
    this.#tell({ type: "dropped", socket: this.id, messages });
  }

  /** `error` may deal with it; without one, or when that fails too, the socket is closed. */
  protected failed(error: unknown): Promise<void> | undefined {
    if (!this.definition.error) return void this.#internal(error);
    try {
      const pending = awaitable(this.definition.error(this, error));
      if (pending)
        return Promise.resolve(pending).then(
          () => {},
          (second) => this.#internal(second),
        );
    } catch (second) {
      this.#internal(second);
    }
    return undefined;
  }

  protected failedLate(error: unknown): void {
    this.#report(error);
  }

  #internal(error: unknown): void {
    this.#report(error);
    this.#endFailed("INTERNAL");
  }

  #report(error: unknown): void {
    this.#tell({ type: "error", error, socket: this.id });
  }

  #tellClosed({ code, wasClean }: CloseEvent, { received, sent }: { received: Tally; sent: Tally }): void {
    const by = code === 1006 ? "nobody" : this.#ownClose ? "server" : "client";
    this.#tell({ type: "closed", socket: this.id, code, wasClean, by, ms: this.#openMs, received, sent });
  }

  #tell(event: Told): void {
    tell(this.#observe, { definition: this.definition.name, ...event });
  }
}
