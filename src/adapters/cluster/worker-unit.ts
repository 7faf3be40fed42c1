import type { BoundedSender } from "./bounded-sender.ts";
import type { FromPrimary } from "./messages.ts";

/** Hears what a worker sends and how it ends. */
export interface UnitListener {
  receive(message: unknown): void;
  /** It has ended; `how`, for people. Called once, last. */
  ended(how: string): void;
}

/** What a worker runs in: a process or a thread. */
export interface WorkerUnit {
  /** Such as `worker 4711`. */
  readonly name: string;
  readonly id: number;
  readonly isDead: boolean;
  /** Sends it the batches for its rooms. */
  readonly batches: BoundedSender;
  send(message: FromPrimary): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Starts the program once more, as one of its workers. */
export type StartUnit = (index: number, listener: UnitListener) => WorkerUnit;
