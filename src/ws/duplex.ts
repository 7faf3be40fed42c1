import { Duplex, type DuplexOptions } from "node:stream";
import type { SocketView } from "./socket-view.ts";

/**
 * A Node stream over a socket of `fromConnection` or `webSocketServer`: what comes is read, what is written is sent as binary messages, text too; one
 * message for each chunk. It reads no more than is taken, and a write ends when its message has left the process. `end` starts the closing
 * handshake, `destroy` ends the connection at once. For Node, and where there are Node's streams.
 */
export function duplexOf(ws: SocketView, options: DuplexOptions = {}): Duplex {
  const gone = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  const isGone = () => ws.readyState === ws.CLOSED;
  const waiting = new Waiting(ws, options);
  const duplex = new Duplex({
    ...options,
    readableHighWaterMark: 1,
    // Not now: what is read at the moment is still in the stream's own buffer.
    read: () => queueMicrotask(() => waiting.handTo(duplex)),
    write: (chunk, _, callback) => ws.send(chunk, callback),
    final(callback) {
      ws.close(1000);
      // What comes before the peer's answer is still to be read.
      ws.resume();
      if (isGone()) callback();
      else gone.then(() => callback(), callback);
    },
    destroy(error, callback) {
      if (!isGone()) ws.terminate();
      callback(error);
    },
  });
  ws.on("message", (data: Uint8Array) => {
    waiting.add(data);
    waiting.handTo(duplex);
  });
  ws.on("error", (error: Error) => void duplex.destroy(error));
  ws.on("close", () => {
    waiting.end();
    waiting.handTo(duplex);
    if (!duplex.writableEnded) duplex.end();
  });
  return duplex;
}

/**
 * Messages that have come and are not asked for. A stream is given them as one chunk, when its own buffer is empty: Bun 1.4 and Deno 2.9
 * (2026-11) give one chunk for each `read()`, Node 24 all that there are, and who reads once for each `readable`, as aedes 1.2 does, would
 * wait for ever with a second one in the buffer.
 */
class Waiting {
  readonly #ws: SocketView;
  readonly #limit: number;
  #messages: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;

  constructor(ws: SocketView, { readableHighWaterMark, highWaterMark }: DuplexOptions) {
    this.#ws = ws;
    this.#limit = readableHighWaterMark ?? highWaterMark ?? 1 << 16;
  }

  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#bytes += message.length;
    if (this.#bytes >= this.#limit) this.#ws.pause();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
  }

  handTo(duplex: Duplex): void {
    if (duplex.readableLength > 0 || !duplex.readable) return;
    if (this.#messages.length > 0) this.#hand(duplex);
    else if (this.#ended) duplex.push(null);
  }

  #hand(duplex: Duplex): void {
    const chunk = duplex.readableObjectMode ? this.#messages.shift()! : Buffer.concat(this.#messages.splice(0));
    this.#bytes -= chunk.length;
    duplex.push(chunk);
    if (this.#bytes < this.#limit && this.#ws.isPaused) this.#ws.resume();
  }
}
