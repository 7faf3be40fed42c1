import type { Limits } from "../contract/limits.ts";
import type { Message } from "../contract/socket.ts";

/** Messages that wait for a handler, in order, with a bound on their number and their bytes. */
export class Inbox {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #messages: Message[] = [];
  #next = 0;
  #bytes = 0;

  constructor({ queuedMessages, bufferedBytes }: Limits) {
    this.#most = queuedMessages;
    this.#mostBytes = bufferedBytes;
  }

  get size(): number {
    return this.#messages.length - this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Half full: time to stop reading. */
  get high(): boolean {
    return this.size * 2 > this.#most || this.#bytes * 2 > this.#mostBytes;
  }

  /** Over its bound. */
  get full(): boolean {
    return this.size > this.#most || this.#bytes > this.#mostBytes;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.#bytes += message.length;
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
}
