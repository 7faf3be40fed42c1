import { copied, unviewed } from "../../core/contract/sendable.ts";
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

/** What one socket is sent: given to Deno and not written yet, or waiting here until Deno may have it. */
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

  /** Bytes that are not written, with Deno and here. */
  get bytes(): number {
    return this.#raw.bufferedAmount + this.#waitingBytes;
  }

  /** Bytes of memory that they take. */
  get cost(): number {
    return this.withDeno + this.#waitingBytes + WAITING_BYTES * this.#waiting.length;
  }

  /** How much of that is Deno's. */
  get withDeno(): number {
    return this.#costOf(this.#raw.bufferedAmount);
  }

  #costOf(bytes: number): number {
    return bytes + MESSAGE_BYTES * this.#unwritten.count(bytes);
  }

  /** Sends a message. Returns the bytes of memory that all unwritten ones then take. Deno is asked for it as seldom as can be: a look costs as much as our part of a message. */
  send(data: Message): number {
    const bytes = this.#raw.bufferedAmount;
    const cost = this.#costOf(bytes);
    if (this.#waiting.length === 0 && cost < MOST_BYTES) return cost + this.#giveToDeno(data, bytes) + MESSAGE_BYTES;
    this.#enqueue(copied(data));
    return this.cost;
  }

  /** Runs this when Deno has been given all that was sent. */
  finally(run: () => void): void {
    if (this.#waiting.length === 0) run();
    else this.#finally = run;
  }

  /** Forgets what waits here. */
  drop(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#finally?.();
    this.#finally = undefined;
  }

  /** Gives Deno a message, where `before` bytes were unwritten. Returns how many more they are now. Deno 2.9.5 (2026-11) refuses bytes in shared memory. */
  #giveToDeno(data: Message, before: number): number {
    this.#raw.send(unviewed(data));
    const length = typeof data === "string" ? this.#raw.bufferedAmount - before : data.length;
    this.#unwritten.add(length);
    return length;
  }

  #enqueue(data: Message): void {
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (!this.#polling) this.#poll(0);
  }

  /** Asks again and again: Deno 2.9.5 (2026-11) has no event for it. */
  #poll(ms: number): void {
    this.#polling = true;
    platform.after(ms, () => {
      this.#polling = false;
      this.#giveMore();
    });
  }

  #giveMore(): void {
    let count = 0;
    while (count < this.#waiting.length && this.withDeno < MOST_BYTES)
      this.#giveToDeno(this.#waiting[count++]!, this.#raw.bufferedAmount);
    for (const { length } of this.#waiting.splice(0, count)) this.#waitingBytes -= length;
    if (this.#waiting.length > 0) this.#poll(count > 0 ? 0 : 10);
    else this.drop();
  }
}

/** An empty message is not in `bufferedAmount`: it counts as unwritten for up to so many milliseconds, and half of them at least. */
const EMPTY_MS = 60_000;

/** How many lengths of what is written may stay in memory. */
const MOST_WRITTEN = 64;

/** How many of the messages that Deno was given it has not written. */
class Unwritten {
  /** The length of each, the oldest first, from the next one to be written to the end, and their sum. Its memory is used again. */
  #lengths: number[] = [];
  #next = 0;
  #end = 0;
  #sum = 0;
  /** Empty ones of this half of a period, and of the one before. */
  #empty = 0;
  #emptyBefore = 0;
  #since = 0;

  add(length: number): void {
    if (length === 0) this.#addEmpty(platform.now());
    else {
      this.#lengths[this.#end++] = length;
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
    while (this.#next < this.#end && this.#sum - this.#lengths[this.#next]! >= bytes)
      this.#sum -= this.#lengths[this.#next++]!;
    if (this.#next === this.#end) this.#restart();
    else if (this.#next >= MOST_WRITTEN) this.#compact();
    return this.#end - this.#next + this.#empty + this.#emptyBefore;
  }

  /** All is written, as it mostly is when the next message comes: begins anew, in the same memory. */
  #restart(): void {
    this.#next = this.#end = 0;
    if (this.#lengths.length > MOST_WRITTEN) this.#lengths = [];
  }

  #compact(): void {
    this.#lengths = this.#lengths.slice(this.#next, this.#end);
    this.#end -= this.#next;
    this.#next = 0;
  }
}
