import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import type { Limits } from "../../core/contract/limits.ts";
import type { ConnectionOutput } from "../../core/protocol/connection-sink.ts";
import { MAX_SLAB_SPAN, type Span } from "../../core/protocol/slab.ts";
import { endSoon } from "./ending.ts";
import { Unwritten } from "./unwritten.ts";
import { flushSoon, writeAtOnce } from "./writes.ts";

const NOTHING = new Uint8Array(0);

/** The writer of the socket that is being read: what it sends meanwhile leaves when all that came has been read. */
let corked: Writer | undefined;

/**
 * Writes frames to a TCP or TLS socket, or a stream of HTTP/2. All that comes in one turn of the event loop leaves in one system call.
 * Every open socket has one, so none of its methods is private by `#`, which costs an instance 8 bytes, and what few need is made for those.
 */
export class Writer implements ConnectionOutput {
  readonly stream: Duplex;
  readonly limits: Limits;
  /** Frames that wait for the end of this turn and are neighbours in memory, as most are: the first of them, so that they leave in one piece. */
  #first: Span | undefined;
  /** Where in that memory the last of them ends. */
  #to = 0;
  /** What could not leave at once. */
  #unwritten: Unwritten | undefined;

  constructor(stream: Duplex, limits: Limits) {
    this.stream = stream;
    this.limits = limits;
  }

  write(span: Span): void {
    const first = this.#first;
    if (first !== undefined && first.memory === span.memory && this.#to === span.from) {
      this.#to = span.to;
      return;
    }
    if (first !== undefined) this.unwritten.add(joined(first, this.#to));
    else if (corked !== this) flushSoon(this);
    this.#first = span;
    this.#to = span.to;
  }

  /** Nothing leaves until `uncork`: what is read now may be answered by many frames. Returns what `uncork` is to be given. */
  cork(): Writer | undefined {
    const before = corked;
    corked = this;
    return before;
  }

  uncork(before: Writer | undefined): void {
    corked = before;
    this.flush();
  }

  /** Hands over what waits, unless the stream has not yet written what it has. */
  flush(): void {
    const first = this.#first;
    if (first === undefined) return;
    // A system call when it is first asked for, which is here: the answer to a handshake, before all else, is not held back by Nagle.
    (this.stream as Partial<NetSocket>).setNoDelay?.(true);
    this.#first = undefined;
    const span = joined(first, this.#to);
    if (this.#unwritten === undefined && this.stream.writableLength === 0) this.writeNow(span);
    else this.unwritten.write(span);
  }

  /** Nothing waits before it: it mostly leaves without the detour of a batch, unless it is long and that can't be had. */
  private writeNow(span: Span): void {
    const written = writeAtOnce(this.stream, span);
    if (written === false) this.unwritten.write(span);
    else if (written !== true) this.unwritten.await(written, span);
  }

  private get unwritten(): Unwritten {
    this.#unwritten ??= new Unwritten(this.stream, () => {
      this.#unwritten = undefined;
    });
    return this.#unwritten;
  }

  /** How many bytes the network has not taken. */
  get bytes(): number {
    const unwritten = this.#unwritten === undefined ? 0 : this.#unwritten.bytes;
    return this.stream.writableLength + unwritten + this.turnBytes;
  }

  /** Those of them that wait for the end of this turn only. */
  private get turnBytes(): number {
    return this.#first === undefined ? 0 : this.#to - this.#first.from;
  }

  /**
   * Whether nothing waits for longer than this turn, and what does is short, so that nobody has to look at how much it is. The stream
   * is not asked, which is far away in memory: what it has not written is known as soon as this turn is over.
   */
  get leavesThisTurn(): boolean {
    const { turnBytes } = this;
    return this.#unwritten === undefined && turnBytes <= MAX_SLAB_SPAN && turnBytes <= this.limits.bufferedBytes;
  }

  /** Those of them for which memory is held that no other socket shares. */
  get ownBytes(): number {
    // What is short and leaves at the end of this turn is not held up.
    const leaving = this.turnBytes <= MAX_SLAB_SPAN ? this.turnBytes : 0;
    return this.bytes - leaving - (this.#unwritten?.shared ?? 0);
  }

  /** Forgets what waits. What the stream was given already stays: it is whole frames. */
  drop(): void {
    this.#unwritten?.drop();
    this.#first = undefined;
  }

  /** Calls back when the network has taken all that was written before, or the stream is gone. */
  whenWritten(done: () => void): void {
    this.flush();
    if (this.#unwritten) this.#unwritten.whenWritten(done);
    // The callback comes after all that was written before, and when the socket is destroyed.
    else this.stream.write(NOTHING, () => done());
  }

  /** Gives the stream all that waits, and ends it. */
  end(): void {
    this.flush();
    this.#unwritten?.writeAll();
    endSoon(this.stream, this.limits.closeMs);
  }
}

/** The frames from the first one up to where the last one ends. */
function joined(first: Span, to: number): Span {
  return first.to === to ? first : { memory: first.memory, from: first.from, to };
}
