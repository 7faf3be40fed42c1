/** Bytes on their way to the peer: those of `memory` from `from` up to `to`. Cheaper than a view of them. */
export interface Span {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly to: number;
}

/** A view of a span's bytes. */
export function viewOf({ memory, from, to }: Span): Uint8Array<ArrayBuffer> {
  return memory.subarray(from, to);
}

/**
 * Memory for what is sent: a buffer of its own costs an engine about a microsecond, so frames are cut one after the other
 * from a slab. Those that have left by the time the next one comes leave their room to it.
 */
export const SLAB_BYTES = 65_536;

/** Longer ones get memory that is theirs alone, and so do not hold a slab. */
export const MAX_SLAB_SPAN = 32_768;

let slab = /* @__PURE__ */ new Uint8Array(0);
let used = 0;
/** Where the slab may be used again: what lies before is pinned. */
let pinned = 0;

/** `length` bytes that are the caller's until `release`. Spans that follow one another in time often do in memory. */
export function allocate(length: number): Span {
  if (length > MAX_SLAB_SPAN) return borrow(length);
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
    pinned = 0;
  }
  const from = used;
  used += length;
  return { memory: slab, from, to: used };
}

/** The first `length` bytes of the span that was allocated last; gives the others back. */
export function shrink({ memory, from, to }: Span, length: number): Span {
  if (memory === slab && to === used) used = from + length;
  return { memory, from, to: from + length };
}

/** Gives the bytes back to be used again. Those that are not given back are garbage, sooner or later. */
export function release({ memory, from, to }: Span): void {
  if (memory !== slab) giveBack(memory);
  else if (to === used && from >= pinned) used = from;
}

/** The same bytes, for several connections to send: `release` does not free them. Long ones move to memory that is just as long. */
export function pin(span: Span): Span {
  if (span.memory === slab) {
    pinned = used;
    return span;
  }
  const memory = span.memory.slice(span.from, span.to);
  release(span);
  holders.set(memory, 0);
  return { memory, from: 0, to: memory.length };
}

let shared = 0;

/** Bytes that wait for several connections at once: memory that is taken once, whoever waits. */
export function sharedBytes(): number {
  return shared;
}

/** So many more bytes, or fewer with a negative number, wait for several connections at once. */
export function countShared(bytes: number): void {
  shared += bytes;
}

/** For each long span that several connections send: for how many of them it waits. */
const holders = new WeakMap<Uint8Array, number>();

/** Whether a span is a long one that several connections send. */
export function isShared({ memory }: Span): boolean {
  return holders.has(memory);
}

/** The span waits for one connection more, until `letGo`. Counts shared spans only. */
export function hold({ memory }: Span): void {
  const count = holders.get(memory);
  if (count === undefined) return;
  holders.set(memory, count + 1);
  if (count === 0) countShared(memory.length);
}

/** The span has left, or is dropped, for one of them. */
export function letGo({ memory }: Span): void {
  const count = holders.get(memory);
  if (count === undefined) return;
  holders.set(memory, count - 1);
  if (count === 1) countShared(-memory.length);
}

/** Long frames are copied into memory that was used before: its pages are there already (16 KiB: 2 times as fast). */
const spares: Uint8Array<ArrayBuffer>[] = [];
const borrowed = new WeakSet<Uint8Array>();
const MAX_SPARES = 4;

/** Longer memory is not kept for later. */
export const MAX_SPARE_BYTES = 2_097_152;

function borrow(length: number): Span {
  const at = spares.findIndex((spare) => spare.length >= length && spare.length <= 4 * length);
  const memory = at < 0 ? new Uint8Array(SLAB_BYTES * Math.ceil(length / SLAB_BYTES)) : spares.splice(at, 1)[0]!;
  borrowed.add(memory);
  return { memory, from: 0, to: length };
}

function giveBack(memory: Uint8Array<ArrayBuffer>): void {
  if (!borrowed.delete(memory) || memory.length > MAX_SPARE_BYTES) return;
  if (spares.push(memory) > MAX_SPARES) spares.shift();
}
