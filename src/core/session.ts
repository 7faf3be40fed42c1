import { checkClose } from "./close.ts";
import type { SocketDefinition } from "./definition.ts";
import { Inbox } from "./inbox.ts";
import { type Observer, tell } from "./observer.ts";
import type { Platform } from "./platform.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "./protocol-failures.ts";
import type { LiveRoom } from "./room.ts";
import { exceeds, sendable } from "./sendable.ts";
import { type CloseEvent, type Message, READY_STATE, type Sendable, type Socket } from "./socket.ts";
import { cloneState, jsonBytes } from "./state.ts";
import type { Transport } from "./transport.ts";
import { isThenable, Turns } from "./turns.ts";
import { Vigil, type Watched } from "./vigil.ts";

/** What a socket is made of, and what survives hibernation. */
export interface Seed {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly room: string;
  readonly state: unknown;
  readonly topics: readonly string[];
}

/** What a session needs of its host. */
export interface SessionHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * The joint between any runtime's events and the user's handlers. The rules live here, once:
 * one handler at a time, in arrival order; `open` first and `close` last, exactly once; a throw goes to `error`.
 */
export class Session extends Turns implements Socket {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly room: LiveRoom;
  readonly #definition: SocketDefinition;
  readonly #transport: Transport;
  readonly #host: SessionHost;
  readonly #topics: Set<string>;
  #state: unknown;
  #readyState: 1 | 2 | 3 = READY_STATE.OPEN;
  #abort: AbortController | undefined;
  readonly #vigil: Vigil | undefined;
  readonly #inbox: Inbox;
  #paused = false;
  /** What our own side closed with: RFC 6455 §7.1.5 names the first Close frame sent as the connection's. */
  #ownClose: CloseEvent | undefined;
  #closeEvent: CloseEvent | undefined;
  /** The `close` hook has been called. */
  #finished = false;
  #cancelTimer: (() => void) | undefined;

  constructor(definition: SocketDefinition, seed: Seed, room: LiveRoom, transport: Transport, host: SessionHost) {
    super();
    this.#definition = definition;
    this.id = seed.id;
    this.url = seed.url;
    this.protocol = seed.protocol;
    this.remoteAddress = seed.remoteAddress;
    this.#state = seed.state;
    this.#topics = new Set(seed.topics);
    this.#inbox = new Inbox(definition.limits);
    this.room = room;
    this.#transport = transport;
    this.#host = host;
    room.join(this);
    const { heartbeat, limits } = definition;
    const watched =
      heartbeat || [limits.idleMs, limits.connections, limits.connectionsPerAddress].some(Number.isFinite);
    // A socket that can hibernate must not be kept awake by timers.
    this.#vigil = watched ? new Vigil(definition, host.platform, !transport.save, this.#watched()) : undefined;
  }

  // What the adapter tells.

  /** The connection is open: runs the `open` hook. Not called for a socket that woke from hibernation. */
  opened(): void {
    this.#run("open", undefined);
    this.pump();
  }

  /** A protocol Pong arrived. */
  heard(): void {
    this.#vigil?.heard(false);
  }

  /** A whole message arrived. */
  receive(data: Message): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#vigil?.heard(true);
    if (data === "ping" && this.#definition.heartbeat) {
      this.send("pong");
    } else if (exceeds(data, this.#definition.limits.messageBytes)) {
      this.fail("MESSAGE_TOO_BIG");
    } else if (this.busy) {
      this.#enqueue(data);
    } else {
      this.#run("message", data);
      this.pump();
    }
  }

  /** The connection has ended; only the first call counts. 1006 stands for a lost one. */
  closed(code: number, reason: string, wasClean: boolean): void {
    if (this.#readyState === READY_STATE.CLOSED) return;
    this.#readyState = READY_STATE.CLOSED;
    const own = code === 1006 ? undefined : this.#ownClose;
    this.#closeEvent = own ? { ...own, wasClean: own.wasClean && wasClean } : { code, reason, wasClean };
    this.room.leave(this);
    this.#vigil?.end();
    this.#abort?.abort();
    this.#cancelTimer?.();
    if (this.busy) this.#startTimer(() => this.#giveUp());
    else this.pump();
  }

  /** Closes because of what the peer did; the failure's code is the close reason. */
  fail(failure: ProtocolFailureCode): void {
    if (this.#readyState === READY_STATE.OPEN) this.#tellFailed(failure);
    this.#endFailed(failure);
  }

  /** What must be kept for this socket to wake up as it was. */
  get seed(): Seed {
    const { id, url, protocol, remoteAddress, room, state, topics } = this;
    return { id, url, protocol, remoteAddress, room: room.id, state, topics };
  }

  // What the user's handlers see.

  get state(): unknown {
    return this.#state;
  }

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
    return this.#transport.bufferedAmount?.();
  }

  get topics(): readonly string[] {
    return [...this.#topics];
  }

  get raw(): unknown {
    return this.#transport.raw;
  }

  setState(next: unknown): void {
    const before = this.#state;
    this.#state = cloneState(next, this.#definition.limits.stateBytes, `socket ${this.id}`);
    this.#save(() => {
      this.#state = before;
    });
  }

  send(data: Sendable): boolean {
    return this.deliver(sendable(data));
  }

  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message): boolean {
    if (this.#readyState !== READY_STATE.OPEN) return false;
    this.#transport.send(data);
    const buffered = this.#transport.bufferedAmount?.() ?? 0;
    if (buffered > this.#definition.limits.bufferedBytes) this.fail("SLOW_CONSUMER");
    return true;
  }

  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    this.#end({ code, reason, wasClean: true });
  }

  terminate(): void {
    if (this.#readyState !== READY_STATE.CLOSED) this.#transport.terminate();
  }

  drained(): Promise<void> {
    return this.#transport.drained?.() ?? Promise.resolve();
  }

  subscribe(topic: string): void {
    if (typeof topic !== "string" || topic === "") throw new TypeError("a topic is a string that is not empty");
    if (this.#topics.has(topic) || this.#readyState !== READY_STATE.OPEN) return;
    const { topicsBytes } = this.#definition.limits;
    const size = jsonBytes([...this.#topics, topic]);
    if (size > topicsBytes) {
      throw new RangeError(`socket ${this.id}: topics are ${size} bytes as JSON; limits.topicsBytes is ${topicsBytes}`);
    }
    this.#topics.add(topic);
    this.room.subscribed(this, topic);
    this.#save(() => this.#forget(topic));
  }

  unsubscribe(topic: string): void {
    if (this.#topics.has(topic)) {
      this.#forget(topic);
      this.#transport.save?.();
    }
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#host.waitUntil(promise.catch((error) => this.#report(error)));
  }

  // How it works.

  #watched(): Watched {
    const transport = this.#transport;
    return {
      remoteAddress: this.remoteAddress,
      ping: transport.ping && (() => transport.ping?.()),
      lost: () => this.#lost(),
      idled: () => this.close(1001, "idle"),
    };
  }

  /** A protocol ping was not answered in time: no closing handshake can be had either. */
  #lost(): void {
    this.#tellFailed("PING_TIMEOUT");
    this.#transport.terminate();
    this.closed(1006, "PING_TIMEOUT", false);
  }

  #tellFailed(code: ProtocolFailureCode): void {
    tell(this.#host.observe, { type: "failed", code, definition: this.#definition.name, socket: this.id });
  }

  #forget(topic: string): void {
    this.#topics.delete(topic);
    this.room.unsubscribed(this, topic);
  }

  #save(undo: () => void): void {
    if (this.#readyState === READY_STATE.CLOSED) return;
    try {
      this.#transport.save?.();
    } catch (error) {
      undo();
      throw error;
    }
  }

  #end(close: CloseEvent): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#readyState = READY_STATE.CLOSING;
    this.#ownClose = close;
    this.room.leave(this);
    this.#inbox.clear();
    this.#resume();
    this.#startTimer(() => this.#abandon());
    this.#transport.close(close.code, close.reason);
  }

  #endFailed(failure: ProtocolFailureCode): void {
    this.#end({ code: FAILURE_CLOSE[failure], reason: failure, wasClean: false });
  }

  #startTimer(run: () => void): void {
    this.#cancelTimer = this.#host.platform.after(this.#definition.limits.closeMs, run);
  }

  /** A hook has not ended, long after its socket has. */
  #giveUp(): void {
    this.#finish();
    this.pump();
  }

  /** The peer never answered our Close. */
  #abandon(): void {
    this.#transport.terminate();
    this.closed(1006, "", false);
  }

  #enqueue(data: Message): void {
    this.#inbox.push(data);
    if (this.#inbox.full) this.fail("QUEUE_FULL");
    else if (this.#inbox.high) this.#pause();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause?.();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume?.();
  }

  protected next(): boolean {
    const data = this.#inbox.shift();
    if (data !== undefined) this.#run("message", data);
    else if (this.#closeEvent) this.#finish();
    else return false;
    return true;
  }

  protected rested(): void {
    if (this.#finished) this.room.release(this);
    this.#resume();
  }

  /** The last event, exactly once, even when a hook never ends. */
  #finish(): void {
    const event = this.#closeEvent;
    if (!event) return;
    this.#closeEvent = undefined;
    this.#inbox.clear();
    this.#cancelTimer?.();
    this.#finished = true;
    this.#run("close", event);
  }

  #run(hook: "open" | "message" | "close", argument: Message | CloseEvent | undefined): void {
    this.run(this.#definition[hook] as Hook | undefined, this.#definition, argument);
  }

  /** `error` may deal with it; without one, or when that fails too, the socket is closed. */
  protected failed(error: unknown): Promise<void> | undefined {
    if (!this.#definition.error) return void this.#internal(error);
    try {
      const result = this.#definition.error(this, error);
      if (isThenable(result))
        return Promise.resolve(result).then(undefined, (second) => this.#internal(second)) as Promise<void>;
    } catch (second) {
      this.#internal(second);
    }
    return undefined;
  }

  #internal(error: unknown): void {
    this.#report(error);
    this.#endFailed("INTERNAL");
  }

  #report(error: unknown): void {
    tell(this.#host.observe, { type: "error", error, definition: this.#definition.name, socket: this.id });
  }
}

type Hook = (socket: Session, argument: unknown) => unknown;
