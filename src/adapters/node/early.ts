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

const NOW: Promise<void> = Promise.resolve();

/** Keeps what the client sends, and notices when it leaves, while an async hook runs. */
export class EarlyData implements Client {
  readonly chunks: Uint8Array[] = [];
  readonly #stream: Duplex;
  /** Called with what a wait, or what comes after it, failed with. */
  readonly #failed: (error: unknown) => void;
  /** How many chunks came with the handshake. */
  readonly #heads: number;
  #bytes = 0;
  #left = false;
  /** Made when a hook asks for it. */
  #gone: AbortController | undefined;
  /** The requests that an app and a hook have of this client. */
  readonly #watched: WatchedRequest[] = [];
  #cancelResume: (() => void) | undefined;
  #isWaiting = false;
  /** There while the stream is listened to, which few have to wait for. */
  #stopListening: (() => void) | undefined;

  constructor(stream: Duplex, head: Uint8Array | undefined, failed: (error: unknown) => void) {
    this.#stream = stream;
    this.#failed = failed;
    if (head?.length) this.chunks.push(head);
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
    this.#watched.push(request);
    if (this.#left) request.abandon();
  }

  /** Keeps what comes until `work` is settled, and calls `done` with what it resolves to. Never throws. */
  during<T>(work: Promise<T>, done: (settled: T) => void): void {
    this.#isWaiting = true;
    // Nothing can arrive before what is ready to run has run: most hooks and apps are done by then, and to listen costs more than they do.
    NOW.then(() => process.nextTick(() => this.#listen()));
    work
      .then((settled) => {
        this.#stopWaiting();
        done(settled);
      })
      .catch((error) => {
        this.#stopWaiting();
        this.#failed(error);
      });
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #listen(): void {
    if (!this.#isWaiting || this.#stopListening) return;
    const stream = this.#stream;
    const keep = (chunk: Uint8Array) => this.#keep(chunk);
    const leave = () => this.#leave();
    if (stream.destroyed || stream.readableEnded) leave();
    stream.on("data", keep);
    for (const event of LEAVING) stream.on(event, leave);
    this.#stopListening = () => {
      this.#cancelResume?.();
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
    if (this.#bytes > EARLY_BYTES) this.#stall();
    if (this.#bytes > MOST_BYTES) this.#leave();
  }

  #stall(): void {
    this.#stream.pause();
    this.#cancelResume?.();
    this.#cancelResume = platform.after(LOOK_MS, () => this.#stream.resume());
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#cancelResume?.();
    this.#gone?.abort();
    for (const request of this.#watched) request.abandon();
  }
}
