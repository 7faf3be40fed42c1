import { type Broadcast, opcodeFor } from "./broadcast.ts";
import type { SharedEncoding } from "./extension.ts";
import { FIN, frameOf } from "./frame.ts";
import { countShared } from "./shared-bytes.ts";
import { pin, type Span } from "./slab.ts";

/** A broadcast in one frame, encoded for all that encode it alike: it is there, or will be. Nobody writes to it. */
export class EncodedOnce {
  #frame: Span | undefined;
  #waiting: ((frame: Span | undefined) => void)[] | undefined = [];

  constructor({ data, bytes }: Broadcast, rsv: number, encoding: SharedEncoding) {
    let counted = 0;
    encoding.encode(bytes, (payload) => {
      countShared(-counted);
      this.#frame = payload && pin(frameOf(opcodeFor(data), payload, undefined, FIN | rsv));
      const waiting = this.#waiting;
      this.#waiting = undefined;
      for (const done of waiting ?? []) done(this.#frame);
    });
    if (this.#waiting === undefined) return;
    // The encoder has a copy of it until then.
    counted = bytes.length;
    countShared(counted);
  }

  /** Calls back with the frame, now or later; with undefined if the message could not be encoded. */
  whenReady(done: (frame: Span | undefined) => void): void {
    if (this.#waiting) this.#waiting.push(done);
    else done(this.#frame);
  }
}
