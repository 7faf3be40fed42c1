import type { Message } from "../contract/socket.ts";
import type { SessionInternals, WaitingMessages } from "./internals.ts";
import { PendingWatch } from "./pending-watch.ts";

/** Messages that wait for a hook, in order. Reading stops when they are a lot, where the runtime can. */
export class Backlog implements WaitingMessages {
  readonly #socket: SessionInternals;
  /** Notices a hook that keeps them waiting. */
  readonly watch: PendingWatch;
  #messages: Message[] = [];
  #next = 0;
  bytes = 0;
  paused = false;

  constructor(socket: SessionInternals) {
    this.#socket = socket;
    this.watch = new PendingWatch(socket);
  }

  get size(): number {
    return this.#messages.length - this.#next;
  }

  /** False when it is more than may wait. */
  push(message: Message): boolean {
    this.watch.begin();
    this.#messages.push(message);
    this.bytes += message.length;
    if (this.#isOver(1)) return false;
    if (!this.paused && this.#isOver(1 / 2)) {
      this.paused = true;
      this.#socket.transport.pause?.();
    }
    return true;
  }

  /** More than this part of what may wait. */
  #isOver(part: number): boolean {
    const { queuedMessages, bufferedBytes } = this.#socket.definition.limits;
    return this.size > queuedMessages * part || this.bytes > bufferedBytes * part;
  }

  /** The oldest message; undefined when there is none. */
  shift(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.bytes -= message.length;
    // Compacted rarely, so that neither a long queue nor a steady one costs a copy per message.
    if (this.#next === this.#messages.length || this.#next > 1024) {
      this.#messages.splice(0, this.#next);
      this.#next = 0;
    }
    return message;
  }

  clear(): number {
    const { size } = this;
    this.#messages = [];
    this.#next = 0;
    this.bytes = 0;
    return size;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#socket.transport.resume?.();
  }
}
