import { type Passage, pass, type Source } from "./beneath.ts";
import type { Contexts, Stream } from "./contexts.ts";
import { type Failure, Output, scratch } from "./output.ts";
import type { Inflation, Share } from "./turns.ts";

/** A message to inflate. */
export interface InflationJob {
  readonly contexts: Contexts;
  /** The caller's again when the call returns. */
  readonly payload: Uint8Array;
  /** What comes behind it. */
  readonly tail: Uint8Array;
  /** The most bytes that it may become. */
  readonly limit: number;
  /** Nobody wants it any more. */
  isOver(): boolean;
  done(result: Uint8Array | Failure): void;
}

/** Inflates one message, 64 KiB at a time. */
export class PiecewiseInflation implements Inflation {
  readonly #job: InflationJob;
  readonly #share: Share;
  readonly #source: Source;
  readonly #output: Output;
  #stream: Stream | undefined;
  #passage: Passage | undefined;

  constructor(job: InflationJob, share: Share) {
    this.#job = job;
    this.#share = share;
    this.#source = { bytes: job.payload };
    this.#output = new Output(job.limit);
  }

  run(): boolean {
    const { contexts, tail } = this.#job;
    if (this.#job.isOver()) return this.#end("DEFLATE_CORRUPT");
    this.#stream ??= contexts.acquire();
    this.#passage ??= pass(this.#stream, this.#source, tail, this.#output);
    do {
      const { done, value } = this.#passage.next();
      this.#share.spend(done ? this.#source.bytes.length + this.#output.filled : scratch.length);
      if (done) return this.#end(value ?? undefined);
    } while (this.#share.isOpen);
    return false;
  }

  suspend(): void {
    this.#source.bytes = new Uint8Array(this.#source.bytes);
  }

  #end(failure: Failure | undefined): true {
    if (this.#stream) this.#job.contexts.release(this.#stream);
    if (failure) this.#output.drop();
    this.#job.done(failure ?? this.#output.result());
    return true;
  }
}
