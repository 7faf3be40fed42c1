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
  const duplex = new Duplex({
    // One message at a time. Bun 1.4 and Deno 2.9 (2026-11) give one chunk for each `read()`, Node 24 all that there are: who reads once for
    // each `readable`, as aedes 1.2 does, would wait for ever with a second chunk in the buffer.
    readableHighWaterMark: 1,
    ...options,
    read: () => ws.resume(),
    write: (chunk, _, callback) => ws.send(chunk, callback),
    final(callback) {
      ws.close();
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
    if (!duplex.readableEnded && !duplex.destroyed && !duplex.push(data)) ws.pause();
  });
  ws.on("error", (error: Error) => void duplex.destroy(error));
  ws.on("close", () => {
    if (!duplex.destroyed) duplex.push(null);
    if (!duplex.writableEnded) duplex.end();
  });
  return duplex;
}
