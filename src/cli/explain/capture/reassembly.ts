import type { Side } from "../explanation.ts";

/** What a side of a connection sent, in its order. */
export interface StreamSink {
  /** The next bytes. */
  data(by: Side, bytes: Uint8Array, ms: number): void;
  /** So many of the next bytes are not in the capture. */
  lost(by: Side, count: number, ms: number): void;
  /** Something before the next bytes is not in the capture, it may be from before its beginning. */
  skipped(by: Side): void;
  /** The end of what it sends. */
  fin(by: Side, ms: number): void;
}

/** A segment that came before what belongs in front of it. */
interface Early {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly fin: boolean;
  readonly ms: number;
}

const NONE: Early[] = [];

/** More is not kept for what is missing: segments, and bytes. */
const MOST_EARLY = 1024;
const MOST_BYTES = 1 << 22;

/** Puts the segments of one direction in order: what comes twice counts once, what is missing is told. */
export class Reassembly {
  /** How often something was sent again. */
  repeated = 0;
  readonly #by: Side;
  readonly #sink: StreamSink;
  /** The sequence number that comes next; undefined until one was seen. */
  #next: number | undefined;
  /** It is only known from what the other side acknowledged. */
  #guessed = false;
  #early: Early[] = NONE;
  #earlyBytes = 0;
  /** Up to where the other side has acknowledged. */
  #acked: number | undefined;
  #finished = false;

  constructor(by: Side, sink: StreamSink) {
    this.#by = by;
    this.#sink = sink;
  }

  /** Whether nothing was sent yet that counts. */
  get isNew(): boolean {
    return this.#next === undefined || this.#guessed;
  }

  /** A SYN takes one number. */
  syn(seq: number): void {
    if (this.#next === undefined || this.#guessed) this.#next = (seq + 1) >>> 0;
    this.#guessed = false;
  }

  /** The other side has got all before this. */
  acknowledged(ack: number): void {
    if (this.#next === undefined) {
      this.#next = ack;
      this.#guessed = true;
    }
    if (this.#acked === undefined || distance(this.#acked, ack) > 0) this.#acked = ack;
    if (this.#early.length > 0) this.#skipAcknowledged();
  }

  /** Whether the other side has got something that the capture does not have, be it only the end. */
  get isUnseen(): boolean {
    return this.#next !== undefined && this.#acked !== undefined && distance(this.#next, this.#acked) > 0;
  }

  /** Whether something was sent before a segment that is not in the capture. */
  isBehind(seq: number): boolean {
    return this.#next !== undefined && distance(this.#next, seq) > 0;
  }

  segment(seq: number, bytes: Uint8Array, length: number, fin: boolean, ms: number): void {
    if (length === 0 && !fin) this.#next ??= seq;
    if (this.#finished || (length === 0 && !fin)) return;
    this.#begin(seq);
    const ahead = distance(this.#next!, seq);
    // What is this far away belongs to another connection of the same ports.
    if (Math.abs(ahead) > 1 << 30) return;
    if (ahead > 0) this.#keep({ seq, bytes, length, fin, ms });
    else this.#take(bytes, length, fin, -ahead, ms);
    this.#drain();
  }

  /** Where the capture has no beginning, the first bytes are the first that there are. */
  #begin(seq: number): void {
    if (this.#next !== undefined && !this.#guessed) return;
    if (this.#next !== undefined && distance(this.#next, seq) > 0) this.#sink.skipped(this.#by);
    this.#next = seq;
    this.#guessed = false;
  }

  /** The capture is over: what waits comes with what is missing before it. */
  end(): void {
    while (this.#early.length > 0) this.#skipTo(this.#early[0]!);
  }

  /** @param old how much of it was seen before */
  #take(bytes: Uint8Array, length: number, fin: boolean, old: number, ms: number): void {
    if (old > 0 && length > 0) this.repeated++;
    if (old < length) {
      const fresh = bytes.subarray(Math.min(old, bytes.length));
      if (fresh.length > 0) this.#sink.data(this.#by, fresh, ms);
      const cut = length - Math.max(old, bytes.length);
      if (cut > 0) this.#sink.lost(this.#by, cut, ms);
      this.#next = (this.#next! + length - old) >>> 0;
    }
    if (fin && old <= length) {
      this.#finished = true;
      // A FIN takes one number.
      this.#next = (this.#next! + 1) >>> 0;
      this.#early = NONE;
      this.#sink.fin(this.#by, ms);
    }
  }

  #keep(early: Early): void {
    const at = this.#early.findLastIndex(({ seq }) => distance(seq, early.seq) >= 0) + 1;
    if (this.#early === NONE) this.#early = [];
    this.#early.splice(at, 0, early);
    this.#earlyBytes += early.bytes.length;
    if (this.#early.length > MOST_EARLY || this.#earlyBytes > MOST_BYTES) this.#skipTo(this.#early[0]!);
    else this.#skipAcknowledged();
  }

  /** What the receiver has, and the capture has not, will not come any more. */
  #skipAcknowledged(): void {
    const [first] = this.#early;
    if (first && this.#acked !== undefined && distance(first.seq, this.#acked) >= 0) this.#skipTo(first);
  }

  #skipTo({ seq, ms }: Early): void {
    const missing = distance(this.#next!, seq);
    if (missing > 0) this.#sink.lost(this.#by, missing, ms);
    if (missing > 0) this.#next = seq;
    this.#drain();
  }

  #drain(): void {
    while (this.#early.length > 0) {
      const [first] = this.#early;
      const ahead = distance(this.#next!, first!.seq);
      if (ahead > 0) return;
      this.#early.shift();
      this.#earlyBytes -= first!.bytes.length;
      this.#take(first!.bytes, first!.length, first!.fin, -ahead, first!.ms);
    }
  }
}

/** How far one sequence number is behind another, which may have begun at 0 again. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}
