import { hold, isShared, letGo, release, SLAB_BYTES, type Span, viewOf } from "./slab.ts";

/** The first memory that small frames are joined in; each next one is as long as all that waits. */
const FIRST_BYTES = 1024;

/** With more spans than this, small frames are joined though they wait for the end of the turn only. */
const MANY = 64;

/** Frames that wait to be written, in their order. Small ones are joined: by itself each would cost many times its bytes. */
export class PendingFrames {
  /** How many bytes wait. */
  bytes = 0;
  /** Those of them that others hold as well. */
  shared = 0;
  #spans: Span[] = [];
  /** Memory of its own, in which the last span ends. */
  #room: Uint8Array<ArrayBuffer> | undefined;

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  /** Takes over whole frames. `join`: they may wait for long. */
  add(span: Span, join: boolean): void {
    const length = span.to - span.from;
    this.bytes += length;
    // What takes less than half of its memory does not hold all of it.
    if ((join || this.#spans.length > MANY) && 2 * length < span.memory.length) this.#join(span, length);
    else this.#keep(span, length);
  }

  #keep(span: Span, length: number): void {
    this.#room = undefined;
    this.#spans.push(span);
    hold(span);
    if (isShared(span)) this.shared += length;
  }

  #join(span: Span, length: number): void {
    let last = this.#spans.at(-1);
    if (!last || !this.#room || last.to + length > this.#room.length) last = this.#begin(length);
    const { memory, from, to } = last;
    memory.set(viewOf(span), to);
    this.#spans[this.#spans.length - 1] = { memory, from, to: to + length };
    release(span);
  }

  #begin(length: number): Span {
    this.#room = new Uint8Array(Math.max(length, Math.min(Math.max(FIRST_BYTES, this.bytes), SLAB_BYTES)));
    const span = { memory: this.#room, from: 0, to: 0 };
    this.#spans.push(span);
    return span;
  }

  /** The first that wait, up to `most` bytes, but one span at least. They are the caller's, to let go. */
  take(most: number): Span[] {
    let count = 0;
    for (let size = 0; count < this.#spans.length; count++) {
      const { from, to } = this.#spans[count]!;
      size += to - from;
      if (count > 0 && size > most) break;
    }
    const taken = this.#spans.splice(0, count);
    if (this.isEmpty) this.#room = undefined;
    for (const span of taken) this.#forget(span);
    return taken;
  }

  /** All that waits, no longer held. */
  takeAll(): Span[] {
    const taken = this.take(Infinity);
    for (const span of taken) letGo(span);
    return taken;
  }

  #forget(span: Span): void {
    const length = span.to - span.from;
    this.bytes -= length;
    if (isShared(span)) this.shared -= length;
  }
}
