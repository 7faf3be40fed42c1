import { prepared, type Stream } from "./contexts.ts";
import { zlib } from "./module.ts";
import { type Failure, Output, scratch } from "./output.ts";

/** What Node 24 has beneath a zlib stream (2026-11), and does not document. */
interface Beneath {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ): void;
  };
  /** After a write: how much room is left in the output, and how much of the input. */
  readonly _writeState: Uint32Array;
}

/** Bytes that may be moved elsewhere meanwhile. */
export interface Source {
  bytes: Uint8Array;
}

/** A message's way through zlib: it yields each time that 64 KiB have come out, and returns what went wrong. */
export type Passage = Generator<void, Failure | undefined>;

export function* pass(stream: Stream, source: Source, tail: Uint8Array, output: Output): Passage {
  const { length } = source.bytes;
  let at = 0;
  // A final block may have ended the last message too, with its very tail: then the first call takes nothing.
  for (let again = false; at < length; again = true) {
    if (again) stream.reset();
    const taken = yield* pump(stream, source, at, output);
    if (typeof taken === "string") return taken;
    at += taken;
    const failure = at < length ? output.finalBlock() : undefined;
    if (failure) return failure;
  }
  const taken = yield* pump(stream, { bytes: tail }, 0, output);
  if (typeof taken === "string") return taken;
  if (taken < tail.length) stream.reset();
  return undefined;
}

/** How much of the source zlib took: all, unless a final block came. */
function* pump(stream: Stream, source: Source, from: number, output: Output): Generator<void, number | Failure> {
  const { _handle, _writeState } = stream as unknown as Beneath;
  const { Z_SYNC_FLUSH } = zlib().constants;
  let at = from;
  for (;;) {
    const { bytes } = source;
    const room = scratch.length - output.filled;
    _handle.writeSync(Z_SYNC_FLUSH, bytes, at, bytes.length - at, scratch, output.filled, room);
    if (stream.destroyed) return "DEFLATE_CORRUPT";
    output.filled = scratch.length - _writeState[0]!;
    at = bytes.length - _writeState[1]!;
    if (_writeState[0] !== 0) return at - from;
    const failure = output.spill();
    if (failure) return failure;
    yield;
  }
}

/** All of it at once. */
export function passAll(stream: Stream, bytes: Uint8Array, tail: Uint8Array, output: Output): Failure | undefined {
  const passage = pass(stream, { bytes }, tail, output);
  let step = passage.next();
  while (!step.done) step = passage.next();
  return step.value;
}

let works: boolean | undefined;

/** Whether the synchronous call is there and does what is expected of it. Found out once. */
export function canSync(): boolean {
  works ??= trySync();
  return works;
}

function trySync(): boolean {
  const deflate = prepared(zlib().createDeflateRaw());
  const inflate = prepared(zlib().createInflateRaw());
  const none = new Uint8Array(0);
  try {
    const hello = Uint8Array.of(72, 101, 108, 108, 111);
    const output = new Output(100);
    if (passAll(deflate, hello, none, output)) return false;
    const packed = new Uint8Array(scratch.subarray(0, output.filled));
    output.filled = 0;
    if (passAll(inflate, packed, none, output)) return false;
    const same = hello.every((byte, at) => scratch[at] === byte);
    return output.filled === 5 && same && passAll(inflate, hello, none, output) === "DEFLATE_CORRUPT";
  } catch {
    return false;
  } finally {
    deflate.close();
    inflate.close();
  }
}
