/** Why a message can't be decompressed. */
export type Failure = "MESSAGE_TOO_BIG" | "DEFLATE_CORRUPT";

/** Final blocks inside one message. One is rare; many thousands, of two bytes each, would take long. */
const FINAL_BLOCKS = 100;

/** Where a synchronous call puts its output, piece by piece. */
export const scratch: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);

/** Pieces as long as that, for output to wait in. A few are kept for later: what is new has to be cleared, and collected. */
const spares: Uint8Array[] = [];
const MOST_SPARES = 16;

/** One message's output, up to its limit. */
export class Output {
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;
  #finalBlocks = 0;
  /** How much of `scratch` is filled. */
  filled = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A final block ended zlib's stream; what follows it begins a new one (RFC 7692 §7.2.3.4). */
  finalBlock(): Failure | undefined {
    return ++this.#finalBlocks > FINAL_BLOCKS ? "DEFLATE_CORRUPT" : undefined;
  }

  /** Adds a piece, which nobody else may write to until `result` or `drop`. */
  add(piece: Uint8Array): Failure | undefined {
    this.#size += piece.length;
    this.#pieces.push(piece);
    return this.#size > this.#limit ? "MESSAGE_TOO_BIG" : undefined;
  }

  /** Empties the scratch memory, which is full. */
  spill(): Failure | undefined {
    const piece = spares.pop() ?? new Uint8Array(scratch.length);
    piece.set(scratch);
    this.filled = 0;
    return this.add(piece);
  }

  /** All of it: in memory of its own, or in a part of the scratch memory when it fits there. */
  result(): Uint8Array | Failure {
    if (this.#size + this.filled > this.#limit) return "MESSAGE_TOO_BIG";
    if (this.#size === 0) return scratch.subarray(0, this.filled);
    const whole = new Uint8Array(this.#size + this.filled);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    whole.set(scratch.subarray(0, this.filled), at);
    this.drop();
    return whole;
  }

  /** Nobody wants what has come: its memory may be used again. */
  drop(): void {
    for (const piece of this.#pieces.splice(0)) {
      if (piece.length === scratch.length && spares.length < MOST_SPARES) spares.push(piece);
    }
  }
}
