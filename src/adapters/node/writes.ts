import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
// Not the global one, which tests replace that move the clock by hand.
import { setImmediate } from "node:timers";
import { isShared, letGo, MAX_SLAB_SPAN, release, type Span, viewOf } from "../../core/protocol/slab.ts";
import { destroy, type WriteRequest, writeAbove, writeBeneath } from "./handle.ts";

/** Other streams than sockets may hand the bytes on to someone who keeps them. */
function copies(stream: Duplex): boolean {
  return stream instanceof NetSocket;
}

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

/** What was given to a stream that had nothing else to write, until all of it has been written. */
export class WriteBatch {
  /** How many bytes a stream does not count, since they are written beneath it. */
  beneath = 0;
  /** How many of the bytes others hold as well. */
  readonly shared: number;
  /** To be called when all that waits has been written. */
  readonly awaited: (() => void)[] = [];
  readonly #spans: readonly Span[];

  /** The spans are held, and let go when they have been written. */
  constructor(spans: readonly Span[]) {
    this.#spans = spans;
    this.shared = spans.filter(isShared).reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** `done` is called later, once: when they have been written, or the stream is gone. */
  write(stream: Duplex, done: () => void): void {
    const end = this.#spans.length - 1;
    if (end > 0) stream.cork();
    for (let at = 0; at < end; at++) stream.write(viewOf(this.#spans[at]!));
    stream.write(viewOf(this.#spans[end]!), (error) => {
      this.#end(copies(stream) && !error);
      done();
    });
    if (end > 0) stream.uncork();
  }

  /** The same for bytes that are being written beneath the stream. */
  await(request: WriteRequest, stream: Duplex, done: () => void): void {
    this.beneath = request.bytes.length;
    request.oncomplete = (status) => {
      if (status < 0) destroy(stream, status);
      this.#end(status === 0);
      done();
    };
  }

  #end(written: boolean): void {
    for (const span of this.#spans) {
      letGo(span);
      if (written) release(span);
    }
  }
}

/** Writes a short span by a stream, and releases it if it has left at once, as it mostly has. */
export function writeShort(stream: Duplex, span: Span): void {
  writeAbove(stream, viewed(span));
  if (copies(stream) && stream.writableLength === 0) release(span);
}

/** Writes a span at once, beneath a stream. Returns undefined when it has left, as it mostly has, and false where only the stream can. */
export function writeAtOnce(stream: Duplex, span: Span): WriteRequest | undefined | false {
  const request = writeBeneath(stream, span.to - span.from > MAX_SLAB_SPAN ? viewOf(span) : viewed(span));
  if (request === undefined) return false;
  if (request !== true) return request;
  release(span);
  return undefined;
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
