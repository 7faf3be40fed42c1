import type { Duplex } from "node:stream";
// Not the global one, which tests replace that move the clock by hand.
import { setImmediate } from "node:timers";
import { MAX_SLAB_SPAN, release, type Span, viewOf } from "../../core/protocol/slab.ts";
import { isSocket, type WriteRequest, writeAbove, writeBeneath } from "./handle.ts";

let last: Span = { memory: new Uint8Array(0), from: 0, to: 0 };
let lastView: Uint8Array = new Uint8Array(0);

/** A view of it: the last one, if that showed the same. In a broadcast of one message it saves a tenth of the time (Node 24). */
function viewed(span: Span): Uint8Array {
  const { memory, from, to } = span;
  if (memory !== last.memory || from !== last.from || to !== last.to) {
    last = span;
    lastView = new Uint8Array(memory.buffer, memory.byteOffset + from, to - from);
  }
  return lastView;
}

/**
 * Writes a span at once, beneath its stream where that can be done. Returns true when it has left, as it mostly has, or the stream has
 * it, and the request where it is still being written. False: it is long and goes by the stream alone, which is to be told how to end it.
 */
export function writeAtOnce(stream: Duplex, span: Span): WriteRequest | boolean {
  const isLong = span.to - span.from > MAX_SLAB_SPAN;
  const bytes = isLong ? viewOf(span) : viewed(span);
  const written = writeBeneath(stream, bytes);
  if (written !== undefined) {
    if (written === true) release(span);
    return written;
  }
  if (isLong) return false;
  writeAbove(stream, bytes);
  if (isSocket(stream) && stream.writableLength === 0) release(span);
  return true;
}

/** Hands over what waits for the end of a turn. */
interface Flushable {
  flush(): void;
}

/** What has something to write when this turn of the event loop ends. */
let waiting: Flushable[] = [];

/**
 * Has it flushed when this turn of the event loop ends: not of one callback, of which there is one for each socket that was read. Where
 * 16 of the 1000 in a room speak at the same time, that is one write to each instead of 16, and takes a ninth of the time (Node 24).
 */
export function flushSoon(writer: Flushable): void {
  if (waiting.push(writer) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const all = waiting;
  waiting = [];
  for (const writer of all) writer.flush();
}
