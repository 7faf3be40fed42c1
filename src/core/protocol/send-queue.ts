import type { Extension } from "./extension.ts";

/** Keeps in order what is sent while an extension takes its time to encode a message before it. */
export class Outbox {
  /** Bytes that were sent and wait. */
  bytes = 0;
  readonly #waiting: (() => void)[] = [];
  #encoding = false;

  /** Whether what is sent waits its turn. */
  get queueing(): boolean {
    return this.#encoding || this.#waiting.length > 0;
  }

  /** Runs this when all before it has been written: now, unless something waits. `size`: the bytes that wait with it. */
  inOrder(size: number, run: () => void): void {
    if (!this.queueing) run();
    else {
      this.bytes += size;
      this.#waiting.push(() => {
        this.bytes -= size;
        run();
      });
    }
  }

  /** Encodes a message in its turn; `write` gets undefined if the extension cannot. */
  encode(extension: Extension, message: Uint8Array, write: (payload: Uint8Array | undefined) => void): void {
    // The caller's bytes are his again.
    const own = this.queueing ? new Uint8Array(message) : message;
    this.inOrder(own.length, () => this.#encode(extension, own, write));
  }

  #encode(extension: Extension, message: Uint8Array, write: (payload: Uint8Array | undefined) => void): void {
    const { length } = message;
    let done = false;
    extension.encode(message, (payload) => {
      const late = this.#encoding;
      done = true;
      this.#encoding = false;
      if (late) this.bytes -= length;
      write(payload);
      if (late) this.#writeWaiting();
    });
    if (done) return;
    this.#encoding = true;
    this.bytes += length;
  }

  #writeWaiting(): void {
    let at = 0;
    // What callbacks send meanwhile is added at the end.
    while (at < this.#waiting.length && !this.#encoding) this.#waiting[at++]!();
    this.#waiting.splice(0, at);
  }
}
