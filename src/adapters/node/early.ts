import type { Duplex } from "node:stream";
import { platform } from "../shared/platform.ts";
import type { Client, WatchedRequest } from "./watched-request.ts";

/** Bytes that may arrive before the handshake is answered; then the client's sending stalls. */
const EARLY_BYTES = 65_536;

/** Bytes that a chunk costs beside its own. */
const CHUNK_BYTES = 256;

/**
 * Milliseconds between two looks at a client that stalls: nothing tells that it has left before all is read that it sent.
 * So one chunk is read every time.
 */
const LOOK_MS = 100;

/** Bytes of a client that is cut off: RFC 6455 §4.1, "the client MUST wait for a response from the server before sending any further data". */
const MOST_BYTES = 1 << 20;

/** A stream of HTTP/2 that is reset without an error ends only when it is read to its end; it is `aborted` at once. */
const LEAVING = ["end", "aborted", "close"] as const;

const NONE: readonly never[] = [];

const NOW: Promise<void> = Promise.resolve();

/** One function for all. */
function listen(early: EarlyData): void {
  early.listen();
}

/** Keeps what the client sends, and notices when it leaves, while an async hook runs. */
export class EarlyData implements Client {
  readonly chunks: Uint8Array[] = [];
  readonly #stream: Duplex;
  /** How many chunks came with the handshake. */
  readonly #heads: number;
  #bytes = 0;
  #left = false;
  /** Made when a hook asks for it. */
  #gone: AbortController | undefined;
  /** Most attempts have one at most: an app's, or that of a hook. */
  #watched: readonly WatchedRequest[] = NONE;
  #cancelLook: (() => void) | undefined;
  /** Something is waited for. */
  #waits = false;
  /** Made when that takes its time, as it does for few. */
  #stopListening: (() => void) | undefined;

  constructor(stream: Duplex, head: Uint8Array) {
    this.#stream = stream;
    if (head.length > 0) this.chunks.push(head);
    this.#heads = this.chunks.length;
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

  watch(request: WatchedRequest): void {
    this.#watched = this.#watched === NONE ? [request] : [...this.#watched, request];
    if (this.#left) request.abandon();
  }

  /** Keeps what comes until something is settled, which `done` is then called for; `failed` where that rejects, or `done` throws. */
  during<T>(work: Promise<T>, done: (settled: T) => void, failed: (error: unknown) => void): void {
    this.#waits = true;
    // Nothing can arrive before what is ready to run has run: most hooks and apps are done by then, and to listen costs more than they do.
    NOW.then(() => process.nextTick(listen, this));
    work
      .then((settled) => {
        this.#over();
        done(settled);
      })
      .catch((error) => {
        this.#over();
        failed(error);
      });
  }

  #over(): void {
    this.#waits = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Not where it was settled by now, or listens already for what was waited for before. */
  listen(): void {
    if (!this.#waits || this.#stopListening) return;
    const stream = this.#stream;
    const keep = (chunk: Uint8Array) => this.#keep(chunk);
    const leave = () => this.#leave();
    if (stream.destroyed || stream.readableEnded) leave();
    stream.on("data", keep);
    for (const event of LEAVING) stream.on(event, leave);
    this.#stopListening = () => {
      this.#cancelLook?.();
      stream.off("data", keep);
      for (const event of LEAVING) stream.off(event, leave);
    };
  }

  /** Puts back what came since, and stops reading: it is somebody else's to read. */
  giveBack(): void {
    const stream = this.#stream as Duplex & { readableFlowing: boolean | null };
    stream.pause();
    for (const chunk of this.chunks.splice(this.#heads).reverse()) stream.unshift(chunk);
    // As Node leaves it for the listeners of an upgrade: it flows as soon as somebody listens for its data.
    stream.readableFlowing = null;
  }

  #keep(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.#bytes += chunk.length + CHUNK_BYTES;
    if (this.#bytes > EARLY_BYTES) this.#rest();
    if (this.#bytes > MOST_BYTES) this.#leave();
  }

  #rest(): void {
    this.#stream.pause();
    this.#cancelLook?.();
    this.#cancelLook = platform.after(LOOK_MS, () => this.#stream.resume());
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#cancelLook?.();
    this.#gone?.abort();
    for (const request of this.#watched) request.abandon();
  }
}
