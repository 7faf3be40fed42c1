import { type Flow, mayGo, sizeOf, type Weighed } from "../outflow.ts";

/** How many bytes the other side has taken, in memory that both threads share; it begins anew after 4 GiB. */
export type Taken = Int32Array<SharedArrayBuffer>;

/** Batches on their way to another thread, for which Node keeps them without a bound. */
export class SharedFlow implements Flow {
  readonly #post: (message: Weighed) => void;
  readonly #taken: Taken;
  #sent = 0;

  constructor(post: (message: Weighed) => void, taken: Taken) {
    this.#post = post;
    this.#taken = taken;
  }

  send(message: Weighed): boolean {
    if (!mayGo(message, (this.#sent - Atomics.load(this.#taken, 0)) | 0)) return false;
    this.#sent = (this.#sent + sizeOf(message)) | 0;
    this.#post(message);
    return true;
  }

  /** What a thread has posted is there, even when it ends. */
  emptied(): Promise<void> {
    return Promise.resolve();
  }
}

/** Takes note that a message has come: what the program itself says between its threads does not count. */
export function take(taken: Taken, message: unknown): void {
  const { onesocket, bytes } = Object(message) as Partial<Weighed> & { readonly onesocket?: unknown };
  if (onesocket !== undefined && bytes instanceof Uint8Array) Atomics.add(taken, 0, sizeOf({ bytes }));
}
