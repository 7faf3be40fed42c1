import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { isPlain, isSocket } from "./handle.ts";

/** Who takes what a stream brings. */
export interface BytesSink {
  /** The bytes are the sink's only until this returns. */
  receive(bytes: Uint8Array, stream: Duplex): void;
  /** The stream ended, or is gone. May be called again. */
  receiveEnd(stream: Duplex): void;
}

const SINK = Symbol("sink");

/** A stream that knows its sink, so that all streams have the same listeners: those cost an idle one nothing. */
type SinkStream = Duplex & { [SINK]: BytesSink | undefined };

/** Hands over all that a stream brings from now on, also where another sink had that so far. It must be told to `resume`. */
export function onBytes(stream: Duplex, sink: BytesSink): void {
  const read = stream as SinkStream;
  const known = read[SINK] !== undefined;
  read[SINK] = sink;
  if (!readInto(read)) stream.on("data", receive);
  if (known) return;
  stream.on("end", receiveEnd).on("close", receiveEnd);
  // A stream of HTTP/2 that is reset without an error does not end before it is read to its end, but is aborted at once.
  if (!isSocket(stream)) stream.on("aborted", receiveEnd);
}

/** The same for a socket that was just accepted; false where it can't be read into the one buffer, and then nothing has changed. */
export function onFirstBytes(socket: NetSocket, sink: BytesSink): boolean {
  if (socket.bytesRead > 0 || socket.readableFlowing !== null || !readInto(socket as unknown as SinkStream))
    return false;
  if (socket.allowHalfOpen) offNodesEnd(socket);
  onBytes(socket, sink);
  return true;
}

/** Node's own listener for the end does nothing where either side is ended by itself, but two listeners take 100 bytes more than one. */
function offNodesEnd(socket: NetSocket): void {
  nodesEnd ??= socket.listeners("end").find(({ name }) => name === "onReadableStreamEnd") as typeof nodesEnd;
  if (nodesEnd) socket.off("end", nodesEnd);
}

let nodesEnd: ((...args: unknown[]) => void) | undefined;

/** Who takes what a stream brings, if anybody does. */
export function sinkOf(stream: Duplex): BytesSink | undefined {
  return (stream as SinkStream)[SINK];
}

/** Whether somebody takes what a stream brings. */
export function isRead(stream: Duplex): boolean {
  const sink = sinkOf(stream);
  return sink !== undefined && sink !== NOBODY;
}

/** The sink of a stream that waits for its next one. */
const NOBODY: BytesSink = { receive() {}, receiveEnd() {} };

/** Whether the bytes of a stream come by themselves: nobody has begun to read it, or stopped that, but us. */
export function flows(stream: Duplex): boolean {
  const { _handle, [keys?.callback as symbol]: callback } = stream as unknown as OnRead;
  return stream.readableFlowing === null && _handle?.reading === true && callback === receiveShared;
}

/** Takes the sink away: what comes waits in the stream from now on, for whoever listens to its events. */
export function offBytes(socket: NetSocket): void {
  const read = socket as unknown as SinkStream;
  read[SINK] = undefined;
  read.off("end", receiveEnd).off("close", receiveEnd);
  waitIn(socket);
}

/** Has what comes wait in the stream until the next sink is given, which is soon: the listeners stay. */
export function letWait(socket: NetSocket): void {
  (socket as unknown as SinkStream)[SINK] = NOBODY;
  waitIn(socket);
}

function waitIn(socket: NetSocket): void {
  const { callback } = keys!;
  (socket as unknown as OnRead)[callback!] = pushCopy;
}

function receive(this: SinkStream, chunk: Uint8Array): void {
  this[SINK]?.receive(chunk, this);
}

function receiveEnd(this: SinkStream): void {
  this[SINK]?.receiveEnd(this);
}

/** All sockets are read into it, one after the other: 64 bytes, echoed one at a time, take 1.3 times less (Node 24). */
const shared = Buffer.allocUnsafeSlow(1 << 16);

function receiveShared(this: SinkStream, length: number): void {
  this[SINK]?.receive(shared.subarray(0, length), this);
}

/** False stops the reading, as for a stream that is read without a buffer of ours. */
function pushCopy(this: SinkStream, length: number): boolean {
  return this.push(Buffer.from(shared.subarray(0, length)));
}

interface OnRead {
  readonly _handle?: { readonly reading?: boolean; useUserBuffer?(buffer: Uint8Array): void } | null;
  [key: symbol]: unknown;
}

/**
 * What `onread` of `net.connect` does, for a socket that a server accepted. There is no documented way to it (Node 24,
 * 2026-11, https://nodejs.org/api/net.html#new-netsocketoptions): where its parts are not as known, `data` events do.
 */
function readInto(stream: SinkStream): boolean {
  if (!isPlain(stream) || stream.readableLength > 0) return false;
  const socket = stream as unknown as OnRead;
  keys ??= { buffer: symbolOf(stream, "kBuffer"), callback: symbolOf(stream, "kBufferCb") };
  const { buffer, callback } = keys;
  if (!buffer || !callback) return false;
  if (socket[buffer] !== shared) {
    if (socket[buffer] !== null || !socket._handle?.useUserBuffer) return false;
    socket._handle.useUserBuffer(shared);
    socket[buffer] = shared;
  }
  socket[callback] = receiveShared;
  return true;
}

/** The keys by which Node's sockets have both, looked up once. */
let keys: { readonly buffer: symbol | undefined; readonly callback: symbol | undefined } | undefined;

function symbolOf(object: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
}
