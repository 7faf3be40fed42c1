import type { Duplex } from "node:stream";
import { PendingFrames } from "../../core/protocol/pending-frames.ts";
import { hold, type Span, viewOf } from "../../core/protocol/slab.ts";
import type { WriteRequest } from "./handle.ts";
import { WriteBatch } from "./writes.ts";

/** How much of what waits is handed to a stream at a time, when it has written what it had: that can't be taken back. */
const BATCH_BYTES = 1 << 18;

/** What one stream could not write at once, in order. It is gone when all has been written. */
export class Unwritten {
  readonly #stream: Duplex;
  readonly #emptied: () => void;
  readonly #pending = new PendingFrames();
  /** What the stream was given of it and has not written: until then all else is pending. */
  #batch: WriteBatch | undefined;

  /** `emptied`: it is needed no more. */
  constructor(stream: Duplex, emptied: () => void) {
    this.#stream = stream;
    this.#emptied = emptied;
  }

  /** Takes frames that lie elsewhere in memory than the next ones, or can't be written yet. */
  add(span: Span): void {
    this.#pending.add(span, this.#batch !== undefined || this.#stream.writableLength > 0);
  }

  /** Takes frames, and hands over what waits, unless the stream has not yet written what it has. */
  write(span: Span): void {
    this.add(span);
    if (this.#batch === undefined) this.#writeSome();
  }

  /** Takes frames that are being written beneath the stream. */
  await(request: WriteRequest, span: Span): void {
    hold(span);
    this.#batch = new WriteBatch([span]);
    this.#batch.await(request, this.#stream, this.#written(this.#batch));
  }

  #writeSome(awaited: readonly (() => void)[] = []): void {
    const batch = new WriteBatch(this.#pending.take(BATCH_BYTES));
    batch.awaited.push(...awaited);
    this.#batch = batch;
    batch.write(this.#stream, this.#written(batch));
  }

  /** What is done when a batch is written. */
  #written({ awaited }: WriteBatch): () => void {
    return () => {
      this.#batch = undefined;
      if (this.#stream.destroyed) this.#pending.takeAll();
      if (!this.#pending.isEmpty) {
        this.#writeSome(awaited);
        return;
      }
      this.#emptied();
      for (const done of awaited) done();
    };
  }

  /** How many bytes there are that the stream does not count. */
  get bytes(): number {
    return (this.#batch?.beneath ?? 0) + this.#pending.bytes;
  }

  /** Those of all its bytes that others hold as well. */
  get shared(): number {
    return (this.#batch?.shared ?? 0) + this.#pending.shared;
  }

  /** Calls back when all of it has been written, or the stream is gone. Something must have been handed over. */
  whenWritten(done: () => void): void {
    this.#batch!.awaited.push(done);
  }

  /** Gives the stream all that waits. */
  writeAll(): void {
    for (const span of this.#pending.takeAll()) this.#stream.write(viewOf(span));
  }

  /** Forgets what waits. */
  drop(): void {
    this.#pending.takeAll();
    if (this.#batch === undefined) this.#emptied();
  }
}
