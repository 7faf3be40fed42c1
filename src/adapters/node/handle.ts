import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";

/** What Node 24 has beneath a TCP socket (2026-11), and does not document. */
interface Handle {
  /** Gives bytes to the system, which takes as many as it can at once. Returns a number below 0 when that fails. */
  writeBuffer?(request: WriteRequest, bytes: Uint8Array): number;
  /** Bytes that the system has still to take. */
  readonly writeQueueSize: number;
}

/** A write that was not over when it returned. */
export interface WriteRequest {
  /** Called when it is: with a status below 0 when it failed. */
  oncomplete: (status: number) => void;
  /** What is not to be collected meanwhile. */
  bytes: Uint8Array;
}

/** Node's own; undefined until the stream of a socket was seen to use it. */
let Request: (new () => WriteRequest) | undefined;
/** Serves each write that is over when it returns. */
let request: WriteRequest | undefined;

function handleOf(stream: Duplex): Handle | undefined {
  if (!(stream instanceof NetSocket) || "encrypted" in stream) return undefined;
  const { _handle } = stream as { readonly _handle?: Handle | null };
  return typeof _handle?.writeQueueSize === "number" ? _handle : undefined;
}

/**
 * Writes to a socket beneath its stream, which must have nothing to write: the stream's bookkeeping costs as much as all that we do
 * for a short message. Returns undefined when that can't be done, as with TLS; true when all has left, or the socket is broken and
 * destroyed; else the request, for whoever wants to know.
 */
export function writeBeneath(stream: Duplex, bytes: Uint8Array): WriteRequest | true | undefined {
  const handle = Request && handleOf(stream);
  if (!Request || !handle?.writeBuffer) return undefined;
  request ??= new Request();
  const status = handle.writeBuffer(request, bytes);
  if (status < 0) destroy(stream, status);
  if (status < 0 || handle.writeQueueSize === 0) return true;
  const pending = request;
  request = undefined;
  pending.bytes = bytes;
  return pending;
}

/** Writes by the stream, and learns by what that does it. */
export function writeAbove(stream: Duplex, bytes: Uint8Array): void {
  const handle = Request ? undefined : handleOf(stream);
  const { writeBuffer } = handle ?? {};
  if (!handle || !writeBuffer) {
    stream.write(bytes);
    return;
  }
  handle.writeBuffer = (used, ...rest) => {
    Request = used.constructor as new () => WriteRequest;
    return writeBuffer.call(handle, used, ...rest);
  };
  stream.write(bytes);
  // The prototype's is there again.
  delete handle.writeBuffer;
}

/** Ends a socket that can't be written to. */
export function destroy(stream: Duplex, status: number): void {
  if (!stream.destroyed) stream.destroy(new Error(`write ${getSystemErrorName(status)}`));
}
