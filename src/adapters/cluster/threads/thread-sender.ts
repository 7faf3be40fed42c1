import { type BoundedSender, hasRoom, sizeOf, type WithBytes } from "../bounded-sender.ts";

/** How many bytes the other side has received, in memory that both threads share; it begins anew after 4 GiB. */
export type ReceivedBytes = Int32Array<SharedArrayBuffer>;

/** Batches on their way to another thread, for which Node keeps them without a bound. */
export class ThreadSender implements BoundedSender {
  readonly #post: (message: WithBytes) => void;
  readonly #received: ReceivedBytes;
  #sent = 0;

  constructor(post: (message: WithBytes) => void, received: ReceivedBytes) {
    this.#post = post;
    this.#received = received;
  }

  send(message: WithBytes): boolean {
    if (!hasRoom(message, (this.#sent - Atomics.load(this.#received, 0)) | 0)) return false;
    this.#sent = (this.#sent + sizeOf(message)) | 0;
    this.#post(message);
    return true;
  }

  /** At once: what a thread has posted arrives, even when the thread ends. */
  emptied(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts a message that has come. What the program itself sends between its threads does not count. */
export function countReceived(received: ReceivedBytes, message: unknown): void {
  const { onesocket, bytes } = Object(message) as Partial<WithBytes> & { readonly onesocket?: unknown };
  if (onesocket !== undefined && bytes instanceof Uint8Array) Atomics.add(received, 0, sizeOf({ bytes }));
}
