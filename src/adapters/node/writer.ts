import type { Duplex } from "node:stream";
import type { ConnectionOutput } from "../../core/protocol/connection-sink.ts";
import { PendingFrames } from "../../core/protocol/pending-frames.ts";
import { hold, MAX_SLAB_SPAN, type Span, viewOf } from "../../core/protocol/slab.ts";
import { endSoon } from "./ending.ts";
import type { WriteRequest } from "./handle.ts";
import { flushSoon, WriteBatch, writeAtOnce, writeShort } from "./writes.ts";

const NOTHING = new Uint8Array(0);

/** How much of what waits is handed to a stream at a time, when it has written what it had: that can't be taken back. */
const BATCH_BYTES = 1 << 18;

/** Writes frames to a TCP or TLS socket, or a stream of HTTP/2. All that comes in one turn of the event loop leaves in one system call. */
export class Writer implements ConnectionOutput {
  readonly stream: Duplex;
  readonly #closeMs: number;
  /** Frames that wait for the end of this turn: most are neighbours in memory, and leave in one piece. */
  #memory: Uint8Array<ArrayBuffer> | undefined;
  #from = 0;
  #to = 0;
  /** Frames that lie elsewhere in memory than those, or can't be written yet. */
  #pending: PendingFrames | undefined;
  /** What the stream was given of it and has not written: until then all else is pending. */
  #batch: WriteBatch | undefined;
  #corked = false;

  /** `closeMs`: how long a peer may take to end its side, when all is written. */
  constructor(stream: Duplex, closeMs: number) {
    this.stream = stream;
    this.#closeMs = closeMs;
  }

  write({ memory, from, to }: Span): void {
    if (this.#memory === memory && this.#to === from) {
      this.#to = to;
      return;
    }
    if (this.#memory !== undefined) this.#keep(this.#takeOpen());
    else if (!this.#corked) flushSoon(this);
    this.#memory = memory;
    this.#from = from;
    this.#to = to;
  }

  /** Nothing leaves until `uncork`: what is read now may be answered by many frames. */
  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.flush();
  }

  /** Hands over what waits, unless the stream has not yet written what it has. */
  flush(): void {
    if (this.#memory === undefined) return;
    const span = this.#takeOpen();
    if (this.#isClear && this.#writeAtOnce(span)) return;
    this.#keep(span);
    if (this.#batch === undefined) this.#writeSome();
  }

  /** Without the detour of a batch; false for long frames where that can't be had. */
  #writeAtOnce(span: Span): boolean {
    const request = writeAtOnce(this.stream, span);
    if (request) this.#await(request, span);
    if (request !== false) return true;
    if (span.to - span.from > MAX_SLAB_SPAN) return false;
    writeShort(this.stream, span);
    return true;
  }

  #await(request: WriteRequest, span: Span): void {
    hold(span);
    this.#batch = new WriteBatch([span]);
    this.#batch.await(request, this.stream, this.#written(this.#batch));
  }

  /** Takes the frames that wait for the end of this turn. */
  #takeOpen(): Span {
    const span = { memory: this.#memory ?? NOTHING, from: this.#from, to: this.#to };
    this.#memory = undefined;
    this.#from = 0;
    this.#to = 0;
    return span;
  }

  /** Nothing else waits, here or in the stream. */
  get #isClear(): boolean {
    return this.#batch === undefined && this.stream.writableLength === 0 && (this.#pending?.isEmpty ?? true);
  }

  #keep(span: Span): void {
    this.#pending ??= new PendingFrames();
    this.#pending.add(span, this.#batch !== undefined || this.stream.writableLength > 0);
  }

  #writeSome(awaited: readonly (() => void)[] = []): void {
    const batch = new WriteBatch(this.#pending!.take(BATCH_BYTES));
    batch.awaited.push(...awaited);
    this.#batch = batch;
    batch.write(this.stream, this.#written(batch));
  }

  /** What is done when a batch is written. */
  #written({ awaited }: WriteBatch): () => void {
    return () => {
      this.#batch = undefined;
      if (this.stream.destroyed) this.#pending?.drop();
      if (this.#pending?.isEmpty ?? true) for (const done of awaited) done();
      else this.#writeSome(awaited);
    };
  }

  /** How many bytes the network has not taken. */
  get bytes(): number {
    const pending = this.#pending === undefined ? 0 : this.#pending.bytes;
    return this.stream.writableLength + (this.#batch?.beneath ?? 0) + this.#to - this.#from + pending;
  }

  /** Those of them for which memory is held that no other socket shares. */
  get ownBytes(): number {
    // What is short and leaves at the end of this turn is not held up.
    const leaving = this.#to - this.#from <= MAX_SLAB_SPAN ? this.#to - this.#from : 0;
    return this.bytes - leaving - (this.#batch?.shared ?? 0) - (this.#pending?.shared ?? 0);
  }

  /** Forgets what waits. What the stream was given already stays: it is whole frames. */
  drop(): void {
    this.#pending?.drop();
    this.#takeOpen();
  }

  /** Calls back when the network has taken all that was written before, or the stream is gone. */
  whenWritten(done: () => void): void {
    this.flush();
    if (this.#batch) this.#batch.awaited.push(done);
    // The callback comes after all that was written before, and when the socket is destroyed.
    else this.stream.write(NOTHING, () => done());
  }

  /** Gives the stream all that waits, and ends it. */
  end(): void {
    this.flush();
    for (const span of this.#pending?.takeAll() ?? []) this.stream.write(viewOf(span));
    endSoon(this.stream, this.#closeMs);
  }
}
