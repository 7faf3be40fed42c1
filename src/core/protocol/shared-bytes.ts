let count = 0;

/** Bytes that wait for several connections at once: memory that is taken once, whoever waits. */
export function sharedBytes(): number {
  return count;
}

/** As much more, or less with a negative number, waits for several at once. */
export function countShared(bytes: number): void {
  count += bytes;
}
