/** Bytes that may wait for the other side of a channel between two processes. */
const MOST_BYTES = 1 << 24;

/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 256;

/** `send` of a process or of a worker. */
export type Send = (message: unknown, written: (error: Error | null) => void) => void;

/** Batches on their way to another process, which may be slow to take them: no more than 16 MiB wait. */
export class Outflow {
  readonly #send: Send;
  #waiting = 0;
  #empty: (() => void)[] = [];

  constructor(send: Send) {
    this.#send = send;
  }

  /** False when too much waits, and then it is not sent. */
  send(message: { readonly bytes: Uint8Array }): boolean {
    const size = message.bytes.length + MESSAGE_BYTES;
    if (this.#waiting > 0 && this.#waiting + size > MOST_BYTES) return false;
    this.#waiting += size;
    this.#send(message, () => this.#written(size));
    return true;
  }

  #written(size: number): void {
    this.#waiting -= size;
    if (this.#waiting === 0) for (const done of this.#empty.splice(0)) done();
  }

  /** Resolves when the system has all of it, or the other side is gone. */
  emptied(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting === 0) resolve();
      else this.#empty.push(resolve);
    });
  }
}
