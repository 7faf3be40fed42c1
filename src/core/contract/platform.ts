/** What the core may not reach for by itself: it comes in from the adapter. */
export interface Platform {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. `idle`: a process may end before. */
  after(ms: number, run: () => void, idle?: boolean): () => void;
  /** A new unguessable id. */
  randomId(): string;
  /** Bytes of memory that the process may use; absent where the runtime does not tell. */
  readonly memory?: number | undefined;
}
