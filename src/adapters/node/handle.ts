import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";

/** What Node has beneath a TCP socket (22 to 26, 2026-11), and does not document. */
interface Handle {
  /**
   * Gives bytes to the system, which takes as many as it can at once. Returns a number below 0 when that fails. Up to Node 24 it takes
   * the request with which it goes on; Node 26 takes none, and returns one if it has to go on.
   */
  writeBuffer: WriteBuffer;
  /** Bytes that the system has still to take. */
  readonly writeQueueSize: number;
}

type WriteBuffer = (this: Handle, request: WriteRequest | null, bytes: Uint8Array) => number | WriteRequest;

/** A write that was not over when it returned. */
export interface WriteRequest {
  /** Called when it is: with a status below 0 when it failed. */
  oncomplete: (status: number) => void;
  /** What is not to be collected meanwhile. */
  bytes: Uint8Array;
  /** How it ended, of one that Node 26 returned and that had ended by then: nobody is called. Else null. */
  readonly writeStatus?: number | null;
}

/** How the stream of a plain socket writes, as it was seen to; undefined until then. Handles of TLS have another `writeBuffer`. */
let known: { readonly Request: (new () => WriteRequest) | undefined; readonly writeBuffer: WriteBuffer } | undefined;
/** The request for the next write, up to Node 24: one serves all that are over when they return. */
let request: WriteRequest | undefined;

function handleOf(stream: Duplex): Handle | undefined {
  return (stream as { readonly _handle?: Handle })._handle ?? undefined;
}

/**
 * Writes to a socket beneath its stream, which must have nothing to write: the stream's bookkeeping costs as much as all that we do
 * for a short message. Returns undefined when that can't be done, as with TLS; true when all has left, or the socket is broken and
 * destroyed; else the request, for whoever wants to know.
 */
export function writeBeneath(stream: Duplex, bytes: Uint8Array): WriteRequest | true | undefined {
  const handle = handleOf(stream);
  if (known === undefined || handle === undefined || handle.writeBuffer !== known.writeBuffer) return undefined;
  if (known.Request) request ??= new known.Request();
  const result = handle.writeBuffer(request ?? null, bytes);
  const status = typeof result === "number" ? result : (result.writeStatus ?? 0);
  if (status < 0) destroy(stream, status);
  if (status < 0 || handle.writeQueueSize === 0) return true;
  const pending = typeof result === "number" ? request : result;
  request = undefined;
  if (!pending) return true;
  pending.bytes = bytes;
  return pending;
}

/** Writes the first bytes on a socket, beneath its stream where that can be done. Returns whether they have left: else they are kept. */
export function writeFirst(stream: Duplex, bytes: Uint8Array): boolean {
  const pending = writeBeneath(stream, bytes);
  if (pending === true) return true;
  // What is written after it waits for it in the system.
  if (pending) pending.oncomplete = (status) => void (status < 0 && destroy(stream, status));
  else writeAbove(stream, bytes);
  return pending === undefined && stream.writableLength === 0;
}

/** Writes by the stream, and looks at how a plain socket's does it, so that the next writes can do without the stream. */
export function writeAbove(stream: Duplex, bytes: Uint8Array): void {
  const handle = known === undefined && isPlain(stream) ? handleOf(stream) : undefined;
  if (!handle || typeof handle.writeBuffer !== "function" || typeof handle.writeQueueSize !== "number") {
    stream.write(bytes);
    return;
  }
  const { writeBuffer } = handle;
  handle.writeBuffer = (used, ...rest) => {
    known = { Request: used === null ? undefined : (used.constructor as new () => WriteRequest), writeBuffer };
    return writeBuffer.call(handle, used, ...rest);
  };
  stream.write(bytes);
  // The prototype's is there again.
  delete (handle as Partial<Handle>).writeBuffer;
}

/** Whether a stream keeps nothing of what it has written: others, of HTTP/2, may hand the bytes on to who keeps them. */
export function isSocket(stream: Duplex): stream is NetSocket {
  return stream instanceof NetSocket;
}

/** Whether a stream is a TCP socket, whose bytes go to the system and come from it as they are. */
export function isPlain(stream: Duplex): stream is NetSocket {
  return isSocket(stream) && !("encrypted" in stream);
}

/** Ends a socket that can't be written to. */
export function destroy(stream: Duplex, status: number): void {
  if (!stream.destroyed) stream.destroy(new Error(`write ${getSystemErrorName(status)}`));
}
