/** Bytes that may wait for the other side of a channel between two processes, or two threads. */
const MOST_BYTES = 1 << 24;

/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 256;

/** A message with bytes, by which its size is known. */
export interface WithBytes {
  readonly bytes: Uint8Array;
}

/** Batches on their way to the other side, which may be slow to take them: no more than 16 MiB wait. */
export interface BoundedSender {
  /** False when too much waits, and then it is not sent. */
  send(message: WithBytes): boolean;
  /** Resolves when the system has all of it, or the other side is gone. */
  emptied(): Promise<void>;
}

/** Whether there is room for one more message beside the bytes that wait. There is for the first, whatever its size. */
export function hasRoom(message: WithBytes, waiting: number): boolean {
  return waiting <= 0 || waiting + sizeOf(message) <= MOST_BYTES;
}

/** What a message counts for while it waits. */
export function sizeOf({ bytes }: WithBytes): number {
  return bytes.length + MESSAGE_BYTES;
}

/** `send` of a process or of a worker. */
export type Send = (message: unknown, written: (error: Error | null) => void) => void;

/** Batches on their way to another process: the system says when it has one. */
export class ProcessSender implements BoundedSender {
  readonly #send: Send;
  #waiting = 0;
  #empty: (() => void)[] = [];

  constructor(send: Send) {
    this.#send = send;
  }

  send(message: WithBytes): boolean {
    if (!hasRoom(message, this.#waiting)) return false;
    const size = sizeOf(message);
    this.#waiting += size;
    this.#send(message, () => this.#written(size));
    return true;
  }

  #written(size: number): void {
    this.#waiting -= size;
    if (this.#waiting === 0) for (const done of this.#empty.splice(0)) done();
  }

  emptied(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting === 0) resolve();
      else this.#empty.push(resolve);
    });
  }
}
