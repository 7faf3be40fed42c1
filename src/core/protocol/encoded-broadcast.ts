import { type Broadcast, opcodeFor } from "./broadcast.ts";
import type { SharedEncoding } from "./extension.ts";
import { FIN, frameOf } from "./frame.ts";
import { countShared, pin, type Span } from "./slab.ts";

/** A broadcast in one frame, encoded once for all connections that encode it alike, now or later. Nobody writes to it. */
export class EncodedBroadcast {
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
    // The encoder has a copy of the message until it is done.
    counted = bytes.length;
    countShared(counted);
  }

  /** Calls back with the frame, now or later; with undefined if the message could not be encoded. */
  whenReady(done: (frame: Span | undefined) => void): void {
    if (this.#waiting) this.#waiting.push(done);
    else done(this.#frame);
  }
}
