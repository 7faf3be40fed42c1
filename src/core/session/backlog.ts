import type { Limits } from "../contract/limits.ts";
import type { Message } from "../contract/socket.ts";
import type { Transport } from "../contract/transport.ts";
import { Inbox } from "./inbox.ts";

/** What waits for a socket's hook to end. Reading stops when it is a lot, where the runtime can. */
export class Backlog {
  readonly #limits: Limits;
  readonly #transport: Pick<Transport, "pause" | "resume">;
  #inbox: Inbox;
  #paused = false;

  constructor(limits: Limits, transport: Pick<Transport, "pause" | "resume">) {
    this.#limits = limits;
    this.#transport = transport;
    this.#inbox = new Inbox(limits);
  }

  /** Reading has stopped. */
  get paused(): boolean {
    return this.#paused;
  }

  get size(): number {
    return this.#inbox.size;
  }

  get bytes(): number {
    return this.#inbox.bytes;
  }

  /** False when it is more than may wait. */
  push(message: Message): boolean {
    this.#inbox.push(message);
    if (this.#inbox.full) return false;
    if (this.#inbox.high) this.#pause();
    return true;
  }

  /** The oldest message; undefined when there is none. */
  shift(): Message | undefined {
    return this.#inbox.shift();
  }

  /** Forgets what waits; returns how many messages that were. */
  clear(): number {
    const { size } = this.#inbox;
    this.#inbox = new Inbox(this.#limits);
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
