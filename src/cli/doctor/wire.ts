import type { Socket } from "node:net";

/** How a stream ended: with FIN, or cut by a reset or an error. */
export type End = "fin" | "reset";

/** A stream of bytes whose arrival can be waited for. It keeps what was not taken yet. */
export class Wire {
  readonly socket: Socket;
  /** How it ended, when (`performance.now()`), and the code of the error that it was. */
  end: { readonly how: End; readonly at: number; readonly code?: string | undefined } | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #waiting = new Set<() => void>();

  /** @param socket connected; TLS or not */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.wake();
    });
    socket.on("end", () => this.#over("fin"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => this.#over("reset", code));
    socket.on("close", () => this.#over("reset"));
    // One that came through a forward proxy was paused, so that nothing of it was lost.
    socket.resume();
  }

  /** What has arrived and was not taken. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Takes the first `count` bytes, all by default. */
  take(count: number = this.#bytes.length): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Resolves with what `probe` finds, asked whenever something happens; undefined after `ms`. */
  async until<Found>(probe: () => Found | undefined, ms: number): Promise<Found | undefined> {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = probe();
      const left = deadline - performance.now();
      if (found !== undefined || left <= 0) return found;
      await this.#change(left);
    }
  }

  /** Something happened that `until` should look at. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.ceil(ms));
      this.#waiting.add(done);
    });
  }

  #over(how: End, code?: string): void {
    this.end ??= { how, at: performance.now(), code };
    this.wake();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
