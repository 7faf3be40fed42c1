import type { SocketDefinition } from "../contract/definition.ts";
import { type EventBody, type HookName, type Observer, tellBoth } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import { type CloseEvent, type Message, READY_STATE, type Sendable, type Socket } from "../contract/socket.ts";
import { awaitable } from "../contract/thenable.ts";
import type { Transport } from "../contract/transport.ts";
import { checkClose } from "../protocol/close.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import { Backlog } from "./backlog.ts";
import { Member } from "./member.ts";
import { type Hooked, Patience } from "./patience.ts";
import type { Snapshot } from "./snapshot.ts";
import { type TwoWay, trafficOf } from "./tally.ts";

/**
 * How a socket opens, runs its hooks and ends. One handler at a time, in arrival order; `open` first and `close` last, exactly
 * once; a throw goes to `error`.
 *
 * A socket is open until one side closes it or it is lost. Then what has arrived is handed out all the same, unless our own
 * side wants no more of it; then `close` runs, and it is over. From the moment that the socket is gone, each hook has
 * `limits.closeMs` to end: if it does not, it is given up, and what waits behind it is dropped.
 */
export abstract class Lifecycle extends Member implements Socket, Hooked {
  protected readonly platform: Platform;
  readonly #observe: Observer;
  /** Kept for an observer that wants it. */
  protected readonly traffic: TwoWay | undefined;
  /** Made when a message has to wait. */
  protected backlog: Backlog | undefined;
  #patience: Patience | undefined;
  #readyState: 1 | 2 | 3 = READY_STATE.OPEN;
  #hook: HookName = "open";
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

  constructor(
    definition: SocketDefinition,
    snapshot: Snapshot,
    transport: Transport,
    platform: Platform,
    observe: Observer,
  ) {
    super(definition, snapshot, transport);
    this.platform = platform;
    this.#observe = observe;
    this.traffic = trafficOf(this, observe, transport.tracesFrames);
  }

  abstract readonly env: unknown;
  abstract readonly signal: AbortSignal;
  abstract readonly bufferedAmount: number | undefined;
  abstract readonly raw: unknown;
  abstract send(data: Sendable): boolean;
  abstract notify(name: string, params?: unknown): boolean;
  abstract drained(): Promise<void>;
  abstract waitUntil(promise: Promise<unknown>): void;

  /** It is about to read again, after reading had stopped. */
  protected abstract readsOn(): void;
  /** It takes and sends nothing more, though its connection may still be there. */
  protected abstract withdrawn(): void;
  /** Its connection is gone. */
  protected abstract gone(): void;
  /** Its last handler has ended. */
  protected abstract parted(): void;

  get readyState(): 1 | 2 | 3 {
    return this.#readyState;
  }

  // How it begins, and what comes.

  /** The connection is open: runs the `open` hook. Not called for a socket that woke from hibernation. */
  opened(): void {
    this.tell({ type: "opened", socket: this.id, remoteAddress: this.remoteAddress });
    this.run(this.definition.open, this.definition, undefined);
    this.ran();
  }

  /** Hands a message out, now or in its turn. False when more wait than may. */
  protected take(data: Message): boolean {
    if (this.occupied()) return this.#enqueue(data);
    this.#hook = "message";
    this.run(this.definition.message, this.definition, data);
    this.ran();
    return true;
  }

  #enqueue(data: Message): boolean {
    this.backlog ??= new Backlog(this.definition.limits, this.transport);
    this.#patience ??= new Patience(this.platform, this);
    this.#patience.begin();
    return this.backlog.push(data);
  }

  // How it ends.

  /** The connection has ended; only the first call counts. 1006 stands for a lost one. `failure`: why, where it is known. */
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void {
    if (this.#readyState === READY_STATE.CLOSED) return;
    this.#readyState = READY_STATE.CLOSED;
    if (failure) this.tell({ type: "failed", code: failure, socket: this.id });
    const own = code === 1006 ? undefined : this.#ownClose;
    this.#closeEvent = own ? { ...own, wasClean: own.wasClean && wasClean } : { code, reason, wasClean };
    this.#openMs = this.platform.now() - this.since;
    this.withdrawn();
    this.gone();
    this.#cancelTimer?.();
    if (this.occupied()) this.#bound();
    else this.pump();
  }

  /** Closes because of what the peer did; the failure's code is the close reason. */
  fail(failure: ProtocolFailureCode): void {
    if (this.#readyState === READY_STATE.OPEN) this.tell({ type: "failed", code: failure, socket: this.id });
    if (failure === "SLOW_CONSUMER") this.transport.drop?.();
    this.#endFailed(failure);
  }

  /** `close`, for who asks everybody to go: what has arrived is handed out before the `close` hook. */
  dismiss(code: number, reason: string): void {
    this.#end({ code, reason, wasClean: true });
  }

  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    this.discard();
    this.#end({ code, reason, wasClean: true });
  }

  terminate(): void {
    this.discard();
    if (this.#readyState === READY_STATE.CLOSED) return;
    if (this.#readyState === READY_STATE.OPEN) this.#leave();
    this.transport.terminate();
  }

  /** Resolves when the socket is gone and its handlers have ended, or had `limits.closeMs` to end after `close`. */
  ended(): Promise<CloseEvent> {
    return new Promise((resolve) => {
      if (this.#over) resolve(this.#lastEvent!);
      else this.#mourners = [...(this.#mourners ?? []), resolve];
    });
  }

  #endFailed(failure: ProtocolFailureCode): void {
    this.discard();
    this.#end({ code: FAILURE_CLOSE[failure], reason: failure, wasClean: false });
  }

  #end(close: CloseEvent): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#ownClose = close;
    this.#leave();
    this.#startTimer(() => this.#abandon());
    this.transport.close(close.code, close.reason);
  }

  #leave(): void {
    this.#readyState = READY_STATE.CLOSING;
    this.withdrawn();
    this.#resume();
  }

  #resume(): void {
    if (!this.backlog?.paused) return;
    this.readsOn();
    this.backlog.resume();
  }

  /** The peer never answered our Close. */
  #abandon(): void {
    this.transport.terminate();
    this.closed(1006, "", false);
  }

  /** Our own side wants nothing more of what has arrived. */
  protected discard(): void {
    const messages = this.backlog?.clear() ?? 0;
    if (messages === 0) return;
    this.#dropped = true;
    this.tell({ type: "dropped", socket: this.id, messages });
  }

  #startTimer(run: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.platform.after(this.definition.limits.closeMs, run);
  }

  /** Gives the hook that runs `limits.closeMs` to end, long after which its socket has. */
  #bound(): void {
    this.#startTimer(() => {
      this.discard();
      this.giveUp();
    });
  }

  /** The last event, exactly once, even when a hook never ends. */
  #finish(close: CloseEvent): void {
    const event = { ...close, wasClean: close.wasClean && !this.#dropped };
    this.#closeEvent = undefined;
    this.#lastEvent = event;
    if (this.traffic) this.#tellClosed(event, this.traffic);
    this.#hook = "close";
    this.run(this.definition.close, this.definition, event);
  }

  #part(event: CloseEvent): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer?.();
    this.parted();
    for (const mourner of this.#mourners?.splice(0) ?? []) mourner(event);
  }

  // How hooks take their turns.

  /** A hook runs: it is the peer that waits. */
  get working(): boolean {
    return this.busy;
  }

  get hook(): HookName {
    return this.#hook;
  }

  get waiting(): number {
    return this.backlog?.size ?? 0;
  }

  stalled(hook: HookName, messages: number): void {
    this.tell({ type: "pending", socket: this.id, hook, messages });
  }

  protected next(): boolean {
    const data = this.backlog?.shift();
    const event = this.#closeEvent;
    if (data !== undefined) {
      this.#hook = "message";
      this.run(this.definition.message, this.definition, data);
    } else if (event) this.#finish(event);
    else return false;
    if (this.#readyState === READY_STATE.CLOSED && this.busy) this.#bound();
    return true;
  }

  protected rested(): void {
    this.#patience?.end();
    if (this.#lastEvent) this.#part(this.#lastEvent);
    this.#resume();
  }

  /** `error` may deal with it; without one, or when that fails too, the socket is closed. */
  protected failed(error: unknown): Promise<void> | undefined {
    if (!this.definition.error) return void this.#internal(error);
    this.#hook = "error";
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
    this.report(error);
  }

  #internal(error: unknown): void {
    this.report(error);
    this.#endFailed("INTERNAL");
  }

  // What observers hear.

  protected report(error: unknown): void {
    this.tell({ type: "error", error, socket: this.id });
  }

  #tellClosed({ code, wasClean }: CloseEvent, { received, sent }: TwoWay): void {
    const by = code === 1006 ? "nobody" : this.#ownClose ? "server" : "client";
    this.tell({ type: "closed", socket: this.id, code, wasClean, by, ms: this.#openMs, received, sent });
  }

  protected tell(event: EventBody): void {
    tellBoth(this.definition, this.#observe, event);
  }
}
