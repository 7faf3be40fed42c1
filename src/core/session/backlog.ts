import type { Limits } from "../contract/limits.ts";
import type { Message } from "../contract/socket.ts";
import type { Transport } from "../contract/transport.ts";

/** Who is told that messages wait, and that none does. */
interface Watch {
  begin(): void;
  end(): void;
}

/** Messages that wait for a hook, in order. Reading stops when they are a lot, where the runtime can. */
export class Backlog {
  readonly watch: Watch;
  readonly #limits: Limits;
  readonly #transport: Pick<Transport, "pause" | "resume">;
  #messages: Message[] = [];
  #next = 0;
  #bytes = 0;
  #paused = false;

  /** `watch`: notices a hook that keeps them waiting. */
  constructor(limits: Limits, transport: Pick<Transport, "pause" | "resume">, watch: Watch) {
    this.#limits = limits;
    this.#transport = transport;
    this.watch = watch;
  }

  /** Reading has stopped. */
  get paused(): boolean {
    return this.#paused;
  }

  get size(): number {
    return this.#messages.length - this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when it is more than may wait. */
  push(message: Message): boolean {
    this.watch.begin();
    this.#messages.push(message);
    this.#bytes += message.length;
    if (this.#isOver(1)) return false;
    if (this.#isOver(1 / 2)) this.#pause();
    return true;
  }

  /** More than this part of what may wait. */
  #isOver(part: number): boolean {
    const { queuedMessages, bufferedBytes } = this.#limits;
    return this.size > queuedMessages * part || this.#bytes > bufferedBytes * part;
  }

  /** The oldest message; undefined when there is none. */
  shift(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.#bytes -= message.length;
    // Compacted rarely, so that neither a long queue nor a steady one costs a copy per message.
    if (this.#next === this.#messages.length || this.#next > 1024) this.#compact();
    return message;
  }

  #compact(): void {
    this.#messages.splice(0, this.#next);
    this.#next = 0;
  }

  /** Forgets what waits; returns how many messages that were. */
  clear(): number {
    const { size } = this;
    this.#messages = [];
    this.#next = 0;
    this.#bytes = 0;
    return size;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause?.();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume?.();
  }
}
