import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";

/** Who takes what a stream brings. */
export interface BytesSink {
  /** The bytes are the sink's only until this returns. */
  receive(bytes: Uint8Array): void;
  /** The stream ended, or is gone. May be called again. */
  receiveEnd(): void;
}

const SINK = Symbol("sink");

/** A stream that knows who reads it: listeners that all streams share cost an idle one nothing. */
type Read = Duplex & { [SINK]: BytesSink };

/** Hands over all that a stream brings from now on. It must be told to `resume`. */
export function onBytes(stream: Duplex, sink: BytesSink): void {
  (stream as Read)[SINK] = sink;
  if (!readInto(stream as Read)) stream.on("data", receive);
  // A stream of HTTP/2 that is reset without an error does not end before it is read to its end, but is aborted at once.
  stream.on("end", receiveEnd).on("close", receiveEnd).on("aborted", receiveEnd);
}

function receive(this: Read, chunk: Uint8Array): void {
  this[SINK].receive(chunk);
}

function receiveEnd(this: Read): void {
  this[SINK].receiveEnd();
}

/** All sockets are read into it, one after the other: 64 bytes, echoed one at a time, take 1.3 times less (Node 24). */
const shared = Buffer.allocUnsafeSlow(1 << 16);

function receiveShared(this: Read, length: number): void {
  this[SINK].receive(shared.subarray(0, length));
}

interface OnRead {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
  [key: symbol]: unknown;
}

/**
 * What `onread` of `net.connect` does, for a socket that a server accepted. There is no documented way to it (Node 24,
 * 2026-11, https://nodejs.org/api/net.html#new-netsocketoptions): where its parts are not as known, `data` events do.
 */
function readInto(stream: Read): boolean {
  if (!(stream instanceof NetSocket) || "encrypted" in stream || stream.readableLength > 0) return false;
  const socket = stream as unknown as OnRead;
  keys ??= { buffer: symbolOf(stream, "kBuffer"), callback: symbolOf(stream, "kBufferCb") };
  const { buffer, callback } = keys;
  if (!buffer || !callback || socket[buffer] !== null || !socket._handle?.useUserBuffer) return false;
  socket._handle.useUserBuffer(shared);
  socket[buffer] = shared;
  socket[callback] = receiveShared;
  return true;
}

/** Looked up once. */
let keys: { readonly buffer: symbol | undefined; readonly callback: symbol | undefined } | undefined;

function symbolOf(object: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
}
