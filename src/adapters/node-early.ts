import type { Duplex } from "node:stream";

/** How much may arrive before the handshake is answered; then the client's sending stalls. */
const EARLY_BYTES = 65_536;

/** Keeps what the client sends, and notices when it leaves, while an async hook runs. */
export class EarlyData {
  readonly chunks: Uint8Array[] = [];
  readonly #socket: Duplex;
  readonly #gone = new AbortController();
  #bytes = 0;

  constructor(socket: Duplex, head: Uint8Array) {
    this.#socket = socket;
    if (head.length > 0) this.chunks.push(head);
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const keep = (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > EARLY_BYTES) this.#socket.pause();
    };
    const leave = () => this.#gone.abort();
    this.#socket.on("data", keep).once("end", leave).once("close", leave);
    try {
      return await work;
    } finally {
      this.#socket.off("data", keep).off("end", leave).off("close", leave);
    }
  }
}
