/**
 * Memory for what is sent. A buffer of its own costs an engine about a microsecond, a view of a shared one a fraction: so
 * small frames are cut one after the other from a slab, which is never used again once it is full.
 */
const SLAB_BYTES = 1 << 16;

/** Longer ones than this get a buffer of their own. */
export const MAX_TAKEN: number = SLAB_BYTES >> 2;

let slab = new Uint8Array(0);
let used = 0;

/** The `length` bytes that `take` will give next, or the first of them. At most `MAX_TAKEN`. */
export function peek(length: number): Uint8Array<ArrayBuffer> {
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  return slab.subarray(used, used + length);
}

/** `length` bytes that are the caller's alone. What was taken next to it in time is often next to it in memory. */
export function take(length: number): Uint8Array<ArrayBuffer> {
  if (length > MAX_TAKEN) return new Uint8Array(length);
  const bytes = peek(length);
  used += length;
  return bytes;
}
