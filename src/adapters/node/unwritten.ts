import type { Duplex } from "node:stream";
import { PendingFrames } from "../../core/protocol/pending-frames.ts";
import { hold, isShared, letGo, release, type Span, viewOf } from "../../core/protocol/slab.ts";
import { destroy, isSocket, type WriteRequest } from "./handle.ts";

/** How many bytes are handed to a stream at a time, when it has written what it had: they can't be taken back. */
const BATCH_BYTES = 1 << 18;

/** What one stream could not write at once, in order. It is gone when all has been written. */
export class Unwritten {
  readonly #stream: Duplex;
  readonly #emptied: () => void;
  /** What the stream has not been given yet. */
  readonly #pending = new PendingFrames();
  /** What it was given and has not written: until then all else is pending. */
  #batch: readonly Span[] | undefined;
  /** How many bytes of the batch the stream does not count, since they are written beneath it. */
  #beneath = 0;
  /** How many bytes of the batch others hold as well. */
  #shared = 0;
  /** Called when all has been written. */
  readonly #awaited: (() => void)[] = [];

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
    if (this.#batch === undefined) this.#writeBatch();
  }

  /** Takes frames that are being written beneath the stream. */
  await(request: WriteRequest, span: Span): void {
    hold(span);
    this.#begin([span]);
    this.#beneath = request.bytes.length;
    request.oncomplete = (status) => {
      if (status < 0) destroy(this.#stream, status);
      this.#beneath = 0;
      this.#written(status === 0);
    };
  }

  #begin(batch: readonly Span[]): void {
    this.#batch = batch;
    this.#shared = batch.filter(isShared).reduce((sum, { from, to }) => sum + to - from, 0);
  }

  #writeBatch(): void {
    const stream = this.#stream;
    const batch = this.#pending.take(BATCH_BYTES);
    this.#begin(batch);
    stream.cork();
    for (const span of batch.slice(0, -1)) stream.write(viewOf(span));
    // Called later, when it has been written and all before it, or the stream is gone.
    stream.write(viewOf(batch.at(-1)!), (error) => this.#written(isSocket(stream) && !error));
    stream.uncork();
  }

  /** The batch is over. `isFree`: nobody keeps its bytes. */
  #written(isFree: boolean): void {
    for (const span of this.#batch!) {
      letGo(span);
      if (isFree) release(span);
    }
    this.#batch = undefined;
    this.#shared = 0;
    if (this.#stream.destroyed) this.#pending.takeAll();
    if (!this.#pending.isEmpty) {
      this.#writeBatch();
      return;
    }
    this.#emptied();
    for (const done of this.#awaited) done();
  }

  /** How many bytes there are that the stream does not count. */
  get bytes(): number {
    return this.#beneath + this.#pending.bytes;
  }

  /** How many of all its bytes others hold as well. */
  get shared(): number {
    return this.#shared + this.#pending.shared;
  }

  /** Calls back when all of it has been written, or the stream is gone. Something must have been handed over. */
  whenWritten(done: () => void): void {
    this.#awaited.push(done);
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
