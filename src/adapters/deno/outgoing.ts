import { copied, unshared } from "../../core/contract/sendable.ts";
import type { Message } from "../../core/contract/socket.ts";
import { platform } from "../shared/platform.ts";
import type { DenoSocket } from "../shared/runtime-types.ts";

/** What Deno 2.9.5 (2026-11) takes for each message that it has not written, beside its bytes. */
const MESSAGE_BYTES = 870;

/** What a message takes that waits here, beside its bytes. */
const WAITING_BYTES = 200;

/**
 * How much memory Deno is made to take at a time. What it has can't be taken back: where a peer does not read, Deno keeps it as
 * long as that connection lives, which Deno can't cut, and whose ping waits behind what is unwritten.
 */
const MOST_BYTES = 1 << 20;

/** What one socket is sent: with Deno, or waiting for it. */
export class Outgoing {
  readonly #raw: DenoSocket;
  readonly #unwritten = new Unwritten();
  #waiting: Message[] = [];
  #waitingBytes = 0;
  #polling = false;
  #finally: (() => void) | undefined;

  constructor(raw: DenoSocket) {
    this.#raw = raw;
  }

  /** Bytes that are not written. */
  get bytes(): number {
    return this.#raw.bufferedAmount + this.#waitingBytes;
  }

  /** What they take of memory. */
  get cost(): number {
    return this.withDeno + this.#waitingBytes + WAITING_BYTES * this.#waiting.length;
  }

  /** What that is with Deno. */
  get withDeno(): number {
    const { bufferedAmount } = this.#raw;
    return bufferedAmount + MESSAGE_BYTES * this.#unwritten.count(bufferedAmount);
  }

  send(data: Message): void {
    if (this.#waiting.length === 0 && this.withDeno < MOST_BYTES) this.#hand(data);
    else this.#wait(copied(data));
  }

  /** Runs this when Deno has been given all that was sent. */
  finally(run: () => void): void {
    if (this.#waiting.length === 0) run();
    else this.#finally = run;
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#finally?.();
    this.#finally = undefined;
  }

  /** Deno 2.9.5 (2026-11) refuses bytes in shared memory. */
  #hand(data: Message): void {
    const before = this.#raw.bufferedAmount;
    this.#raw.send(unshared(data));
    this.#unwritten.add(this.#raw.bufferedAmount - before);
  }

  #wait(data: Message): void {
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (!this.#polling) this.#poll(0);
  }

  /** Asks again and again: Deno 2.9.5 (2026-11) has no event for it. */
  #poll(ms: number): void {
    this.#polling = true;
    platform.after(ms, () => {
      this.#polling = false;
      this.#handSome();
    });
  }

  #handSome(): void {
    let count = 0;
    while (count < this.#waiting.length && this.withDeno < MOST_BYTES) this.#hand(this.#waiting[count++]!);
    for (const { length } of this.#waiting.splice(0, count)) this.#waitingBytes -= length;
    if (this.#waiting.length > 0) this.#poll(count > 0 ? 0 : 10);
    else this.drop();
  }
}

/** An empty message is not in `bufferedAmount`: it counts as unwritten for up to so many milliseconds, and half of them at least. */
const EMPTY_MS = 60_000;

/** How many of the messages that Deno was given it has not written. */
class Unwritten {
  /** The length of each, the oldest first, and their sum. */
  readonly #lengths: number[] = [];
  #sum = 0;
  /** Empty ones of this half of a period, and of the one before. */
  #empty = 0;
  #emptyBefore = 0;
  #since = 0;

  add(length: number): void {
    if (length === 0) this.#addEmpty(platform.now());
    else {
      this.#lengths.push(length);
      this.#sum += length;
    }
  }

  #addEmpty(now: number): void {
    const halves = Math.floor((2 * (now - this.#since)) / EMPTY_MS);
    if (halves > 0) {
      this.#emptyBefore = halves > 1 ? 0 : this.#empty;
      this.#empty = 0;
      this.#since = now;
    }
    this.#empty += 1;
  }

  /** `bytes`: how many are unwritten. */
  count(bytes: number): number {
    let written = 0;
    while (written < this.#lengths.length && this.#sum - this.#lengths[written]! >= bytes)
      this.#sum -= this.#lengths[written++]!;
    if (written > 0) this.#lengths.splice(0, written);
    return this.#lengths.length + this.#empty + this.#emptyBefore;
  }
}
