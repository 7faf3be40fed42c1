import type { FromPrimary } from "./messages.ts";
import type { Flow } from "./outflow.ts";

/** What takes note of what becomes of a worker. */
export interface Watch {
  receive(message: unknown): void;
  /** It has ended; `how`, for people. Called once, last. */
  ended(how: string): void;
}

/** What a worker is: a process or a thread. */
export interface Body {
  /** Such as `worker 4711`. */
  readonly name: string;
  readonly id: number;
  readonly isDead: boolean;
  /** Batches for its rooms go by it. */
  readonly flow: Flow;
  send(message: FromPrimary): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Starts the program once more, as one of its workers. */
export type Start = (index: number, watch: Watch) => Body;
