/** Of bytes that are written as text no more are looked at. */
export const MOST_BYTES: number = 1 << 22;

/** Bytes that a text gives. */
export interface Given {
  readonly bytes: Uint8Array;
  /** The line after the last one of theirs. */
  readonly to: number;
  /** Whether the notation is one of bytes, and of nothing else. */
  readonly explicit: boolean;
  /** Where in its line the first of them stands. Default 0. */
  readonly column?: number;
}
