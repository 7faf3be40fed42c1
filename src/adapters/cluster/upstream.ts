import { type BoundedSender, ProcessSender } from "./bounded-sender.ts";
import type { FromWorker } from "./messages.ts";

/** The way from a worker to its primary and back, as the worker has it. */
export interface Upstream {
  /** Whether there is a primary at the other end. */
  readonly isThere: boolean;
  /** Sends what is published. */
  readonly batches: BoundedSender;
  send(message: FromWorker, written?: (error: Error | null) => void): void;
  /** Brings what the primary says, until the returned function is called. `lost`: it has gone. */
  listen(receive: (message: unknown) => void, lost?: () => void): () => void;
}

export const LOST: Error = new Error("the channel to the primary process is closed");

/** By the channel that Node's cluster has. A worker that has lost it ends; until then nobody hears it. */
export const toPrimary: Upstream = {
  get isThere() {
    return process.connected;
  },
  batches: new ProcessSender((message, written) => toPrimary.send(message as FromWorker, written)),
  send(message, written = () => {}) {
    if (process.connected) process.send!(message, undefined, undefined, written);
    else written(LOST);
  },
  listen(receive, lost = () => {}) {
    process.on("message", receive).on("disconnect", lost);
    return () => void process.off("message", receive).off("disconnect", lost);
  },
};
