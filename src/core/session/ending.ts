import * as READY_STATE from "../contract/ready-state.ts";
import type { CloseEvent } from "../contract/socket.ts";
import type { ConnectionClose } from "../protocol/connection-sink.ts";
import type { SessionInternals } from "./internals.ts";
import { LOST, type SessionAction } from "./lifecycle.ts";
import type { SocketTraffic } from "./traffic.ts";

/** One socket's end: performs the actions of the lifecycle's table. It is made when the end begins, or when somebody waits for it. */
export class Ending implements Record<SessionAction, (close: ConnectionClose) => void> {
  readonly #session: SessionInternals;
  /** What our own side closed with. Hooks are told of it rather than of the peer's answer, for which Bun does not wait. */
  #ours: ConnectionClose | undefined;
  /** How the connection ended. */
  #theirs = LOST;
  #openMs = 0;
  /** Messages that had arrived were not handed out. */
  #dropped = false;
  /** What the `close` hook was called with. */
  #event: CloseEvent = LOST;
  #over = false;
  #ended: PromiseWithResolvers<CloseEvent> | undefined;
  #stopTimer: (() => void) | undefined;
  #abort: AbortController | undefined;

  constructor(session: SessionInternals) {
    this.#session = session;
  }

  /** Resolves with what the `close` hook was called with, when all is over. */
  get ended(): Promise<CloseEvent> {
    this.#ended ??= Promise.withResolvers();
    if (this.#over) this.#ended.resolve(this.#event);
    return this.#ended.promise;
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#session.readyState === READY_STATE.CLOSED) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Aborts `signal`: the connection is gone, or the session hibernates. */
  abort(): void {
    this.#abort?.abort();
  }

  tellFailure({ failure }: ConnectionClose): void {
    if (failure) this.#session.tell({ type: "failed", code: failure, socket: this.#session.id });
  }

  dropUnsent(): void {
    this.#session.transport.drop?.();
  }

  dropWaiting(): void {
    const messages = this.#session.backlog?.clear();
    if (!messages) return;
    this.#dropped = true;
    this.#session.tell({ type: "dropped", socket: this.#session.id, messages });
  }

  leaveRoom(): void {
    this.#session.room.leave(this.#session);
  }

  readOn(): void {
    this.#session.readOn();
  }

  startTimer(): void {
    const { platform, definition } = this.#session;
    this.#stopTimer?.();
    this.#stopTimer = platform.after(definition.limits.closeMs, () => this.#session.move("TIMED_OUT"));
  }

  sendClose(ours: ConnectionClose): void {
    this.#ours = ours;
    this.#session.transport.close(ours.code, ours.reason);
  }

  cut(): void {
    this.#session.transport.terminate();
  }

  release(): void {
    this.#stopTimer?.();
    this.#session.release();
  }

  runClose(theirs: ConnectionClose): void {
    this.#theirs = theirs;
    this.#openMs = this.#session.platform.now() - this.#session.snapshot.since;
    this.#session.hooks.close(() => this.#closeEvent());
  }

  /** What the `close` hook is called with. */
  #closeEvent(): CloseEvent {
    const { traffic } = this.#session;
    const theirs = this.#theirs;
    const { code, reason, wasClean } = theirs.code === LOST.code ? theirs : (this.#ours ?? theirs);
    this.#event = { code, reason, wasClean: wasClean && theirs.wasClean && !this.#dropped };
    if (traffic) this.#tellClosed(this.#event, traffic);
    return this.#event;
  }

  #tellClosed({ code, wasClean }: CloseEvent, { received, sent }: SocketTraffic): void {
    const by = code === LOST.code ? "nobody" : this.#ours ? "server" : "client";
    const ms = this.#openMs;
    this.#session.tell({ type: "closed", socket: this.#session.id, code, wasClean, by, ms, received, sent });
  }

  giveUp(): void {
    this.#session.hooks.giveUp();
  }

  detach(): void {
    this.#over = true;
    this.#stopTimer?.();
    this.#session.detach();
    this.#ended?.resolve(this.#event);
  }
}
