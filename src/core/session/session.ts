import type { Place } from "../contract/capacity.ts";
import type { SocketDefinition } from "../contract/definition.ts";
import { notificationOf } from "../contract/notify.ts";
import { type EventBody, type HookName, tellBoth } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import * as READY_STATE from "../contract/ready-state.ts";
import { exceeds, sendable } from "../contract/sendable.ts";
import type { CloseEvent, Message, Sendable } from "../contract/socket.ts";
import { finished } from "../contract/thenable.ts";
import type { NativePubSub, Shared, Transport } from "../contract/transport.ts";
import { checkClose } from "../protocol/close.ts";
import type { ConnectionClose } from "../protocol/connection-sink.ts";
import type { ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import type { LiveRoom } from "../rooms/room.ts";
import { Ending } from "./ending.ts";
import { HookQueue } from "./hook-queue.ts";
import type { SessionHost } from "./host.ts";
import type { SessionInternals, WaitingMessages } from "./internals.ts";
import { closeFor, LOST, READY_STATE_OF, type SessionEvent, type SessionState, TRANSITIONS } from "./lifecycle.ts";
import { type Limiter, limiterOf } from "./limiter.ts";
import { type Liveness, tellPong } from "./liveness.ts";
import { MIN_RECORDED_BYTES } from "./memory-budget.ts";
import { type Snapshot, withoutTopic, withState, withTopic } from "./snapshot.ts";
import { hooksOf } from "./timed-hooks.ts";
import { type SocketTraffic, trafficOf } from "./traffic.ts";

/** One open socket: the joint between any runtime's events and the user's hooks. None of its methods is private by `#`, which costs an instance 8 bytes. */
export class Session implements SessionInternals {
  readonly definition: SocketDefinition;
  readonly transport: Transport;
  readonly room: LiveRoom;
  readonly host: SessionHost;
  snapshot: Snapshot;
  #state: SessionState = "OPEN";
  #hooks: HookQueue | undefined;
  readonly traffic: SocketTraffic | undefined;
  /** For a socket of which more is limited than the size of its messages. */
  readonly limiter: Limiter | undefined;
  readonly #liveness: Liveness | undefined;
  /** Where it is among its host's, as their registry counts them from 1 on; 0 for nowhere. */
  position = 0;
  #ending: Ending | undefined;

  /** `place`: among the sockets of its definition, where they are counted. */
  constructor(
    definition: SocketDefinition,
    snapshot: Snapshot,
    room: LiveRoom,
    transport: Transport,
    host: SessionHost,
    place?: Place,
  ) {
    const { observe } = host;
    const { heartbeat } = definition;
    this.definition = definition;
    this.transport = transport;
    this.room = room;
    this.host = host;
    this.snapshot = snapshot;
    this.traffic = trafficOf(this, observe, transport.tracesFrames);
    room.join(this);
    this.limiter = limiterOf(this, place);
    // A socket that can hibernate has no timer, which would keep it awake.
    if (!transport.save && heartbeat && transport.ping && (heartbeat.asked || !transport.pingsItself))
      this.#liveness = host.liveness?.(this);
  }

  // Called by the adapter.

  /** The connection is open: runs the `open` hook. Not called for a socket that woke from hibernation. */
  opened(): void {
    this.tell({ type: "opened", socket: this.id, remoteAddress: this.remoteAddress, traffic: this.traffic });
    this.room.roster?.enter(this);
    if (this.definition.open) this.hooks.open();
  }

  /** Anything at all arrived: the peer is alive. */
  receiveBytes(): void {
    this.#liveness?.reset();
  }

  /** A protocol Pong arrived. */
  receivePong(): void {
    this.#liveness?.reset();
    tellPong(this);
  }

  /** A whole message arrived. */
  receiveMessage(data: Message): void {
    if (this.#state !== "OPEN" || this.limiter?.expired()) return;
    this.#liveness?.reset();
    this.traffic?.received.add(data);
    const { heartbeat, limits } = this.definition;
    if (this.limiter !== undefined && !this.limiter.admit()) this.move("FAIL", closeFor("RATE_LIMITED"));
    else if (heartbeat && data === heartbeat.text?.ping) this.send(heartbeat.text.pong);
    else if (exceeds(data, limits.messageBytes)) this.move("FAIL", closeFor("MESSAGE_TOO_BIG"));
    else if (!this.hooks.message(data)) this.move("FAIL", closeFor("QUEUE_FULL"));
    else if (this.backlog && this.backlog.bytes > MIN_RECORDED_BYTES) this.host.budget?.record(this);
  }

  /** A message that is under way takes so many bytes of memory. */
  messageGrows(bytes: number): void {
    if (bytes > MIN_RECORDED_BYTES && this.readyState !== READY_STATE.CLOSED) this.host.budget?.record(this);
  }

  /** The connection has ended; only the first call counts. 1006 stands for a lost one. `failure`: why, where it is known. */
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void {
    this.move("GONE", { code, reason, wasClean, failure });
  }

  /** Closes, as `close` does, but hands out what has arrived before the `close` hook runs. */
  dismiss(code: number, reason: string): void {
    this.move("DISMISS", { code, reason, wasClean: true });
  }

  /** Resolves when the socket is gone and its handlers have ended, or had `limits.closeMs` to end after `close`. */
  ended(): Promise<CloseEvent> {
    return this.ending.ended;
  }

  // Seen by hooks: `Socket` documents them.

  get id(): string {
    return this.snapshot.id;
  }

  get url(): string {
    return this.snapshot.url;
  }

  get protocol(): string {
    return this.snapshot.protocol;
  }

  get remoteAddress(): string {
    return this.snapshot.remoteAddress;
  }

  get state(): unknown {
    return this.snapshot.state;
  }

  get topics(): readonly string[] {
    return this.snapshot.topics.slice();
  }

  get readyState(): 1 | 2 | 3 {
    return READY_STATE_OF[this.#state];
  }

  get env(): unknown {
    return this.host.env;
  }

  get raw(): unknown {
    return this.transport.raw;
  }

  get bufferedAmount(): number | undefined {
    return this.transport.bufferedAmount?.();
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  send(data: Sendable): boolean {
    // What needs no check is found here already: engines inline calls only so deep, and Bun 1.4.5 (2026-11) takes 2 ns less then.
    return this.deliver(typeof data === "string" || data instanceof Uint8Array ? (data as Message) : sendable(data));
  }

  notify(name: string, params?: unknown): boolean {
    return this.deliver(notificationOf(this.definition, name, params));
  }

  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    this.move("CLOSE", { code, reason, wasClean: true });
  }

  terminate(): void {
    this.move("TERMINATE");
  }

  drained(): Promise<void> {
    return this.transport.drained?.() ?? Promise.resolve();
  }

  waitUntil(work: PromiseLike<unknown>): void {
    this.host.waitUntil(finished(work, (error) => this.hooks.report(error)));
  }

  setState(next: unknown): void {
    this.room.roster?.touch(this);
    keep(this, withState(this.snapshot, next, this.definition.limits));
  }

  subscribe(topic: string): void {
    if (typeof topic !== "string" || topic === "") throw new TypeError("a topic is a string that is not empty");
    if (this.#state !== "OPEN" || this.snapshot.topics.includes(topic)) return;
    keep(this, withTopic(this.snapshot, topic, this.definition.limits));
    this.room.subscribed(this, topic);
  }

  unsubscribe(topic: string): void {
    if (!this.snapshot.topics.includes(topic)) return;
    keep(this, withoutTopic(this.snapshot, topic));
    this.room.unsubscribed(this, topic);
  }

  // Called by its room and its parts.

  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message, shared?: Shared): boolean {
    if (this.#state !== "OPEN") return false;
    const buffered = this.transport.send(data, shared);
    this.traffic?.sent.add(data);
    if (buffered > 0 && buffered > Math.min(MIN_RECORDED_BYTES, this.definition.limits.bufferedBytes))
      this.host.budget?.check(this, buffered);
    return true;
  }

  /** How a broadcast of the runtime's own reaches it; undefined where none does, or where each message is counted. */
  get pubSub(): NativePubSub | undefined {
    return this.traffic ? undefined : this.transport.pubSub;
  }

  /** Fails when it is too slow for what it was sent by such a broadcast. */
  checkBuffer(): void {
    this.host.budget?.check(this, this.bufferedAmount ?? 0);
  }

  get hooks(): HookQueue {
    this.#hooks ??= new HookQueue(this, hooksOf(this.definition, this.host.observe));
    return this.#hooks;
  }

  get running(): HookName | undefined {
    return this.#hooks?.running;
  }

  get backlog(): WaitingMessages | undefined {
    return this.#hooks?.backlog;
  }

  get platform(): Platform {
    return this.host.platform;
  }

  ping(): void {
    if (this.#state === "OPEN") this.transport.ping?.();
  }

  tell(event: EventBody): void {
    tellBoth(this.definition, this.host.observe, event);
  }

  move(event: SessionEvent, close: ConnectionClose = LOST): void {
    const transition = TRANSITIONS[this.#state][event];
    if (!transition) return;
    this.#state = transition[0];
    for (const action of transition[1]) this.ending[action](close);
  }

  private get ending(): Ending {
    this.#ending ??= new Ending(this);
    return this.#ending;
  }

  readOn(): void {
    if (!this.backlog?.paused) return;
    this.limiter?.resumed();
    this.backlog.resume();
  }

  release(): void {
    this.#liveness?.end();
    this.limiter?.end();
    this.#ending?.abort();
  }

  detach(): void {
    this.host.budget?.forget(this);
    this.room.release(this);
    this.host.left?.(this);
  }
}

/** Sets another snapshot, and has the runtime keep it. Throws what that throws if it can't: then nothing has changed. */
function keep(session: Session, next: Snapshot): void {
  const before = session.snapshot;
  session.snapshot = next;
  try {
    if (session.readyState !== READY_STATE.CLOSED) session.transport.save?.();
  } catch (error) {
    session.snapshot = before;
    throw error;
  }
}
