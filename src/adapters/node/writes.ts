import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { isShared, letGo, release, type Span, viewOf } from "../../core/protocol/slab.ts";

/** Other streams than sockets may hand the bytes on to someone who keeps them. */
function copies(stream: Duplex): boolean {
  return stream instanceof NetSocket;
}

/** Writes a short span, and releases it if it has left at once, as it mostly has. */
export function writeShort(stream: Duplex, span: Span): void {
  stream.write(viewed(span));
  if (copies(stream) && stream.writableLength === 0) release(span);
}

let last: Span = { memory: new Uint8Array(0), from: 0, to: 0 };
let lastView: Buffer = Buffer.alloc(0);

/** A view of it: the last one, if that showed the same. In a broadcast of one message it saves a tenth of the time (Node 24). */
function viewed(span: Span): Buffer {
  const { memory, from, to } = span;
  if (memory !== last.memory || from !== last.from || to !== last.to) {
    last = span;
    lastView = Buffer.from(memory.buffer, memory.byteOffset + from, to - from);
  }
  return lastView;
}

/** What a stream was given in one go, until it has written all of it. */
export class WriteBatch {
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
      for (const span of this.#spans) {
        letGo(span);
        if (copies(stream) && !error) release(span);
      }
      done();
    });
    if (end > 0) stream.uncork();
  }
}

/** Hands over what waits for the end of a turn. */
interface Flushable {
  flush(): void;
}

/** What has something to write when this turn of the event loop ends. */
let waiting: Flushable[] = [];

/** Has it flushed when this turn of the event loop ends. */
export function flushSoon(writer: Flushable): void {
  if (waiting.push(writer) === 1) process.nextTick(flushAll);
}

function flushAll(): void {
  const all = waiting;
  waiting = [];
  for (const writer of all) writer.flush();
}
