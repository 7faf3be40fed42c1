import type { Duplex } from "node:stream";

/** How much may arrive before the handshake is answered; then the client's sending stalls. */
const EARLY_BYTES = 65_536;

/** Keeps what the client sends, and notices when it leaves, while an async hook runs. */
export class EarlyData {
  readonly chunks: Uint8Array[] = [];
  readonly #socket: Duplex;
  #bytes = 0;
  #left = false;
  /** Made when a hook asks for it. */
  #gone: AbortController | undefined;

  constructor(socket: Duplex, head: Uint8Array) {
    this.#socket = socket;
    if (head.length > 0) this.chunks.push(head);
  }

  /** Whether the client has left. */
  get left(): boolean {
    return this.#left;
  }

  /** Aborts when the client leaves. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#left) this.#gone.abort();
    return this.#gone.signal;
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const keep = (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > EARLY_BYTES) this.#socket.pause();
    };
    const leave = () => {
      this.#left = true;
      this.#gone?.abort();
    };
    this.#socket.on("data", keep).once("end", leave).once("close", leave);
    try {
      return await work;
    } finally {
      this.#socket.off("data", keep).off("end", leave).off("close", leave);
    }
  }
}
