import { capacityOf } from "../core/contract/capacity.ts";
import { isDefinition } from "../core/contract/definition.ts";
import { type Observer, type SocketEvent, tell } from "../core/contract/observer.ts";
import type { CloseEvent } from "../core/contract/socket.ts";
import { checkClose } from "../core/protocol/close.ts";
import type { SessionHost } from "../core/session/host.ts";
import type { SessionInternals } from "../core/session/internals.ts";
import { liveness } from "../core/session/liveness.ts";
import { type MemoryBudget, memoryBudget } from "../core/session/memory-budget.ts";
import { Session } from "../core/session/session.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "../core/session/snapshot.ts";
import type { StorageDriver } from "../core/storage/driver.ts";
import { isSwitching, type Outcome, release, responseOf, type Switching } from "../core/upgrade/outcome.ts";
import { serveAttempt, type Target, useTarget } from "../core/upgrade/serve.ts";
import { type ClientHost, MemoryClient } from "./client.ts";
import { HandClock } from "./clock.ts";
import { detailOf, errorIn, HandshakeError, nothingCame, TestError } from "./errors.ts";
import { handshakeHeaders, rehearsal, type TestRequest, testRequest, urlOf } from "./handshake.ts";
import { Idle } from "./idle.ts";
import { markHandled } from "./mark-handled.ts";
import { settingsOf } from "./options.ts";
import { TestRooms } from "./rooms.ts";
import { awakeOf, type Open, sleepersOf } from "./sleep.ts";
import type { TestConnectOptions, TestingOptions, WebSocketClass } from "./types.ts";
import { type WebSocketHost, type WireEnd, webSocketClass } from "./web-socket.ts";
import { ServerEnd, Wire, type WireClient } from "./wire.ts";

/** A server in memory: a host like any runtime's. */
export class Kit implements SessionHost, ClientHost, WebSocketHost {
  readonly env: unknown;
  readonly platform: HandClock;
  readonly events: SocketEvent[] = [];
  readonly storage: StorageDriver;
  readonly budget: MemoryBudget = memoryBudget;
  readonly liveness: typeof liveness = liveness;
  readonly #target: Target;
  readonly #observe: Observer;
  readonly #address: string;
  readonly #idle: Idle;
  readonly #rooms: TestRooms;
  readonly #giveBack: () => void;
  readonly #open = new Map<SessionInternals, Open>();
  readonly #work = new Set<Promise<unknown>>();
  #underWay = 0;
  #handshakes = 0;
  #isOver = false;
  /** What the test was told that goes on for too long. */
  #told = "";

  /** Throws as `useTarget` and `settingsOf` do. */
  constructor(target: Target, options: TestingOptions) {
    const { env, observe, now, remoteAddress, patienceMs, storage } = settingsOf(options);
    this.env = env;
    this.storage = storage;
    this.platform = new HandClock(now);
    this.#target = target;
    this.#observe = observe;
    this.#address = remoteAddress;
    this.#idle = new Idle(patienceMs);
    this.#giveBack = useTarget(target);
    this.#rooms = new TestRooms(env);
    if (isDefinition(target)) this.#rooms.add(target);
  }

  get now(): number {
    return this.platform.now();
  }

  readonly observe = (event: SocketEvent): void => {
    this.events.push(event);
    tell(this.#observe, event);
  };

  waitUntil(promise: Promise<unknown>): void {
    const failed = (error: unknown): void => this.observe({ type: "error", error, definition: "" });
    const work: Promise<unknown> = Promise.resolve(promise)
      .catch(failed)
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  left(session: SessionInternals): void {
    this.#open.delete(session);
  }

  // Handshakes.

  readonly WebSocket: WebSocketClass = webSocketClass(this);

  connect(url: string, options: TestConnectOptions = {}): Promise<MemoryClient> {
    return markHandled(this.#connect(url, options));
  }

  async #connect(url: string, options: TestConnectOptions): Promise<MemoryClient> {
    const decided = await this.#decide(url, options);
    const { definition, snapshot, headers = new Headers() } = decided;
    const speaks = definition.notification !== undefined;
    const after = options.after as MemoryClient | undefined;
    const client = new MemoryClient(this, { ...snapshot, headers, speaks }, after);
    client.start(this.#opened(decided, client));
    return client;
  }

  async attach(url: string, protocols: readonly string[], end: WireEnd): Promise<void> {
    const decided = await this.#decide(url, { protocols });
    end.opened(this.#opened(decided, end), decided.snapshot.protocol);
  }

  /** Rejects for what opens no socket. */
  async #decide(url: string, options: TestConnectOptions): Promise<Switching> {
    const { signal, remoteAddress: address = this.#address } = options;
    signal?.throwIfAborted();
    const target = urlOf(url);
    const headers = handshakeHeaders(target, options);
    const request = new Request(target, { headers, signal: signal ?? null });
    const told: SocketEvent[] = [];
    const asked = testRequest(request, headers, signal);
    const outcome = await this.#serve(asked, address, (event) => told.push(event));
    if (signal?.aborted) release(outcome);
    signal?.throwIfAborted();
    if (isSwitching(outcome)) return outcome;
    throw new HandshakeError(responseOf(outcome), detailOf(told));
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(urlOf(url), init);
    const headers = new Headers(request.headers);
    if (!headers.has("host")) headers.set("host", new URL(request.url).host);
    const outcome = await this.#serve(testRequest(request, headers, request.signal), this.#address);
    if (!isSwitching(outcome)) return responseOf(outcome);
    release(outcome);
    throw new TypeError("fetch opens no socket: connect does");
  }

  /** `told`: hears what observers are told of this handshake. */
  async #serve(request: TestRequest, address: string, told: (event: SocketEvent) => void = () => {}): Promise<Outcome> {
    this.#checkOpen();
    this.#handshakes += 1;
    const { env, platform, storage } = this;
    const waitUntil = (promise: Promise<unknown>): void => this.waitUntil(promise);
    const observe = (event: SocketEvent): void => {
      told(event);
      this.observe(event);
    };
    try {
      const attempt = rehearsal({ env, platform, storage, observe, waitUntil }, request, address);
      return await serveAttempt(this.#target, attempt, env, { waitUntil, passThroughOnException() {}, props: {} });
    } finally {
      this.#handshakes -= 1;
    }
  }

  #opened(decided: Switching, end: WireClient): Wire {
    const wire = new Wire(end, this.#later);
    if (this.#isOver) {
      release(decided);
      wire.cut();
    } else if (decided.kind === "refuse") wire.closeDown(decided.refusal.code, decided.refusal.reason);
    else this.#begin(decided, decided.snapshot, wire, decided.place).opened();
    return wire;
  }

  #begin(
    { definition }: Pick<SessionInternals, "definition">,
    snapshot: Snapshot,
    wire: Wire,
    place = capacityOf(definition)?.reserve(snapshot.remoteAddress),
  ): Session {
    const end = new ServerEnd(wire);
    const room = this.#rooms.of(definition, snapshot.room);
    wire.session = new Session(definition, snapshot, room, end, this, place);
    this.#open.set(wire.session, { wire, end });
    return wire.session;
  }

  // Time.

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`advance takes milliseconds, not ${ms}`);
    this.#checkOpen();
    await this.#idle.turn();
    await this.platform.advance(ms, () => this.#catchUp());
    await this.#idle.turn();
    await this.#catchUp();
  }

  /** Lets a timer's consequences happen before the next one's; not what waits for something outside. */
  async #catchUp(): Promise<void> {
    while (this.#underWay > 0) await undefined;
    if (this.#running().length > 0) await this.#idle.turn();
  }

  async settled(): Promise<void> {
    if (await this.#idle.reached(() => this.#running().length > 0)) return;
    throw this.#stillRunning();
  }

  #stillRunning(): TestError {
    this.#told = this.#running().join(", ");
    return new TestError("STILL_RUNNING", `after ${this.patienceMs} ms of real time: ${this.#told}`);
  }

  #running(): string[] {
    const running = [...this.#open.keys()].flatMap(({ running: hook, definition }) =>
      hook ? [`the hook ${hook} of ${definition.name} has not ended`] : [],
    );
    if (this.#handshakes > 0) running.push("a handshake is not answered");
    if (this.#work.size > 0) running.push(`${this.#work.size} promises of waitUntil have not settled`);
    if (this.#underWay > 0) running.push("messages are under way");
    return running;
  }

  // Hibernation.

  async hibernate(): Promise<void> {
    this.#checkOpen();
    await this.settled();
    const sleepers = sleepersOf(this.#open);
    // A room that is about to tell who is there stays awake until it has.
    for (const [session] of sleepers) session.room.roster?.flush();
    const kept = sleepers.map(([session, open]) => [session, open, writeSnapshot(session.snapshot)] as const);
    this.#rooms.sleep(awakeOf(this.#open), () => {
      for (const [session, { end }] of kept) {
        this.#forget(session);
        end.forget();
      }
    });
    for (const [session, { wire }, snapshot] of kept) this.#begin(session, readSnapshot(snapshot), wire);
  }

  #forget(session: SessionInternals): void {
    session.room.leave(session);
    session.release();
    session.detach();
  }

  // What clients ask.

  get patienceMs(): number {
    return this.#idle.patienceMs;
  }

  readonly patience = (give: (reason: Error) => void): (() => void) =>
    this.#idle.watch(() =>
      give(nothingCame(this.patienceMs, this.#running(), this.platform.nextMs, errorIn(this.events))),
    );

  ended({ code, reason }: CloseEvent, socket: string): Error {
    const told = `the socket is closed with ${code}${reason && ` (${reason})`}, and nothing is left of what it was sent`;
    return new TestError("CLOSED", told, errorIn(this.events, socket));
  }

  /** What is on its way between the two ends. */
  readonly #later = (job: () => void): void => {
    this.#underWay += 1;
    this.#idle.active();
    queueMicrotask(() => {
      this.#underWay -= 1;
      job();
    });
  };

  // The end.

  async close(code = 1001, reason = ""): Promise<void> {
    checkClose(code, reason);
    if (this.#isOver) return;
    for (const { wire } of [...this.#open.values()]) wire.session?.dismiss(code, reason);
    const known = this.#told;
    try {
      await this.settled();
    } catch (error) {
      // A test that failed by it needs no other error, in which its own would be hidden.
      if (this.#told !== known) throw error;
    } finally {
      this[Symbol.dispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { wire } of [...this.#open.values()]) wire.cut();
    this.platform.stop();
    this.#rooms.close();
    this.#giveBack();
  }

  #checkOpen(): void {
    if (this.#isOver) throw new TestError("ENDED", "the kit is closed");
  }
}
