import * as READY_STATE from "../contract/ready-state.ts";
import type { CloseEvent } from "../contract/socket.ts";
import type { ConnectionClose } from "../protocol/connection-sink.ts";
import { LOST, type SessionAction } from "./lifecycle.ts";
import type { Owner } from "./owner.ts";
import type { TwoWay } from "./tally.ts";

/** A socket's end: it performs what the table of the lifecycle says. It is made when that begins, or somebody wants to hear of it. */
export class Ending implements Record<SessionAction, (close: ConnectionClose) => void> {
  readonly #session: Owner;
  /** What our own side closed with: told as how the socket closed, since Bun does not wait for the peer's answer. */
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

  constructor(session: Owner) {
    this.#session = session;
  }

  /** Resolves with what the `close` hook was called with, when all is over. */
  get ended(): Promise<CloseEvent> {
    if (this.#over) return Promise.resolve(this.#event);
    this.#ended ??= Promise.withResolvers();
    return this.#ended.promise;
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#session.readyState === READY_STATE.CLOSED) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** The connection is gone, or whoever holds the session forgets it. */
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
    this.#session.hooks.close(() => this.#decide());
  }

  #decide(): CloseEvent {
    const { traffic } = this.#session;
    const theirs = this.#theirs;
    const { code, reason, wasClean } = theirs.code === LOST.code ? theirs : (this.#ours ?? theirs);
    this.#event = { code, reason, wasClean: wasClean && theirs.wasClean && !this.#dropped };
    if (traffic) this.#tellClosed(this.#event, traffic);
    return this.#event;
  }

  #tellClosed({ code, wasClean }: CloseEvent, { received, sent }: TwoWay): void {
    const by = code === LOST.code ? "nobody" : this.#ours ? "server" : "client";
    const ms = this.#openMs;
    this.#session.tell({ type: "closed", socket: this.#session.id, code, wasClean, by, ms, received, sent });
  }

  giveUp(): void {
    this.#session.hooks.giveUp();
  }

  part(): void {
    this.#over = true;
    this.#stopTimer?.();
    this.#session.part();
    this.#ended?.resolve(this.#event);
  }
}
