import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";
import type {
  Deflate,
  DeflateOptions,
  Inflate,
  InflateOptions,
  Zlib,
} from "../../core/protocol/deflate/permessage-deflate.ts";

type Stream = DeflateRaw | InflateRaw;
type Failure = "MESSAGE_TOO_BIG" | "DEFLATE_CORRUPT";
type Done = (result: Uint8Array | Failure) => void;

const { Z_SYNC_FLUSH } = constants;

/** What a sender removed from the end of each message (RFC 7692 §7.2.2). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const NO_TAIL = new Uint8Array(0);

/**
 * Up to this many bytes go through zlib at once, in up to a millisecond: handing them to a thread and back costs 50 to 100
 * microseconds, many times what small messages take. Longer ones would hold up everyone else.
 */
const SYNC_BYTES = 65_536;

/** Messages in libuv's threads at a time; it has four by default. The others wait, without a context of their own. */
const CONCURRENT = 8;

/** Final blocks inside one message. One is rare; many thousands, of two bytes each, would take long. */
const FINAL_BLOCKS = 100;

/** Where a synchronous call puts its output, piece by piece. */
const scratch = new Uint8Array(1 << 16);

/**
 * Node's zlib for the core. Short messages take zlib's synchronous call, which Node does not document, where it is there
 * and works; long ones, and all where it does not, the documented streams and their threads.
 * @param syncBytes the longest message that goes synchronously; 0 for none
 */
export function nodeZlib(syncBytes: number = canSync() ? SYNC_BYTES : 0): Zlib {
  return {
    deflate: (options) => new NodeDeflate(options, syncBytes),
    inflate: (options) => new NodeInflate(options, syncBytes),
  };
}

class NodeDeflate implements Deflate {
  readonly #coder: Coder;

  constructor({ windowBits, level, memLevel, takeover }: DeflateOptions, syncBytes: number) {
    const create = () => createDeflateRaw({ windowBits, level, memLevel });
    const contexts = takeover ? new OwnContext(create) : shared(`deflate ${windowBits} ${level} ${memLevel}`, create);
    this.#coder = new Coder(contexts, NO_TAIL, syncBytes);
  }

  deflate(message: Uint8Array, done: (bytes: Uint8Array | undefined) => void): void {
    this.#coder.run(message, Number.POSITIVE_INFINITY, (result) =>
      done(typeof result === "string" ? undefined : result),
    );
  }

  close(): void {
    this.#coder.contexts.close();
  }
}

class NodeInflate implements Inflate {
  readonly #coder: Coder;

  constructor({ windowBits, takeover }: InflateOptions, syncBytes: number) {
    // A shared context reads every window.
    const contexts = takeover
      ? new OwnContext(() => createInflateRaw({ windowBits }))
      : shared("inflate", () => createInflateRaw());
    this.#coder = new Coder(contexts, TAIL, syncBytes);
  }

  inflate(payload: Uint8Array, limit: number, done: Done): void {
    this.#coder.run(payload, limit, done);
  }

  close(): void {
    this.#coder.contexts.close();
  }
}

/** Where a coder gets its zlib stream for one message, and gives it back. */
interface Contexts {
  take(): Stream;
  give(stream: Stream): void;
  close(): void;
}

function live(stream: Stream | undefined): Stream | undefined {
  return stream && !stream.destroyed && !stream.readableEnded ? stream : undefined;
}

/** Context takeover: one stream for all messages, from the first one on. */
class OwnContext implements Contexts {
  readonly #create: () => Stream;
  #stream: Stream | undefined;
  #busy = false;
  #closed = false;

  constructor(create: () => Stream) {
    this.#create = create;
  }

  take(): Stream {
    this.#busy = true;
    this.#stream = live(this.#stream) ?? prepared(this.#create());
    return this.#stream;
  }

  give(stream: Stream): void {
    this.#busy = false;
    if (this.#closed || !live(stream)) stream.close();
  }

  close(): void {
    this.#closed = true;
    if (!this.#busy) this.#stream?.close();
  }
}

/** No context takeover: streams that are empty again after each message. One is kept for the whole process. */
class SharedContexts implements Contexts {
  readonly #create: () => Stream;
  #spare: Stream | undefined;

  constructor(create: () => Stream) {
    this.#create = create;
  }

  take(): Stream {
    const stream = live(this.#spare) ?? prepared(this.#create());
    this.#spare = undefined;
    return stream;
  }

  give(stream: Stream): void {
    if (this.#spare === undefined && live(stream)) {
      stream.reset();
      this.#spare = stream;
    } else stream.close();
  }

  close(): void {}
}

/** At most one for each setting of a definition. */
const pools = new Map<string, SharedContexts>();

function shared(key: string, create: () => Stream): SharedContexts {
  const known = pools.get(key) ?? new SharedContexts(create);
  pools.set(key, known);
  return known;
}

/** A stream whose failure is not thrown as an uncaught error. */
function prepared(stream: Stream): Stream {
  return stream.on("error", () => {});
}

/** Takes whole messages through zlib, one at a time. */
class Coder {
  readonly contexts: Contexts;
  readonly #tail: Uint8Array;
  readonly #syncBytes: number;

  constructor(contexts: Contexts, tail: Uint8Array, syncBytes: number) {
    this.contexts = contexts;
    this.#tail = tail;
    this.#syncBytes = syncBytes;
  }

  run(input: Uint8Array, limit: number, done: Done): void {
    if (input.length <= this.#syncBytes) done(this.#runSync(input, new Output(limit)));
    else {
      const copy = new Uint8Array(input);
      enter(() => this.#runAsync(this.contexts.take(), copy, new Output(limit), done));
    }
  }

  #runSync(input: Uint8Array, output: Output): Uint8Array | Failure {
    const stream = this.contexts.take();
    const failure = pumpAll(stream, input, this.#tail, output);
    this.contexts.give(stream);
    return failure ?? output.take();
  }

  #runAsync(stream: Stream, input: Uint8Array, output: Output, done: Done): void {
    const before = stream.bytesWritten;
    let failure: Failure | undefined;
    let over = false;
    const take = (chunk: Uint8Array) => {
      failure ??= output.add(chunk);
      if (failure) finish();
    };
    const finish = () => {
      if (over) return;
      over = true;
      stream.off("data", take).off("close", finish);
      if (stream.destroyed) failure ??= "DEFLATE_CORRUPT";
      if (failure) stream.destroy();
      const rest = stream.readableEnded ? input.subarray(stream.bytesWritten - before) : NO_TAIL;
      if (rest.length > 0) failure ??= output.finalBlock();
      this.contexts.give(stream);
      if (!failure && rest.length > 0) return this.#runAsync(this.contexts.take(), rest, output, done);
      leave();
      done(failure ?? output.take());
    };
    stream.on("data", take).on("close", finish);
    stream.write(input);
    if (this.#tail.length > 0) stream.write(this.#tail);
    stream.flush(Z_SYNC_FLUSH, finish);
  }
}

/** One message's output, up to its limit. */
class Output {
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;
  #finalBlocks = 0;
  /** How much of `scratch` is filled. */
  filled = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A final block ended zlib's stream; what follows it begins a new one (RFC 7692 §7.2.3.4). */
  finalBlock(): Failure | undefined {
    return ++this.#finalBlocks > FINAL_BLOCKS ? "DEFLATE_CORRUPT" : undefined;
  }

  /** Takes a piece that nobody else will write to. */
  add(piece: Uint8Array): Failure | undefined {
    this.#size += piece.length;
    if (this.#size > this.#limit) return "MESSAGE_TOO_BIG";
    this.#pieces.push(piece);
    return undefined;
  }

  /** Empties the scratch memory. */
  spill(): Failure | undefined {
    const piece = scratch.slice(0, this.filled);
    this.filled = 0;
    return this.add(piece);
  }

  /** All of it; in the scratch memory when it fits there. */
  take(): Uint8Array | Failure {
    if (this.#size + this.filled > this.#limit) return "MESSAGE_TOO_BIG";
    if (this.#size === 0) return scratch.subarray(0, this.filled);
    const whole = new Uint8Array(this.#size + this.filled);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    whole.set(scratch.subarray(0, this.filled), at);
    return whole;
  }
}

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

function pumpAll(stream: Stream, input: Uint8Array, tail: Uint8Array, output: Output): Failure | undefined {
  let at = 0;
  // A final block may have ended the last message too, with its very tail: then the first call takes nothing.
  for (let again = false; at < input.length; again = true) {
    if (again) stream.reset();
    const taken = pump(stream, input, at, output);
    if (typeof taken === "string") return taken;
    at += taken;
    const failure = at < input.length ? output.finalBlock() : undefined;
    if (failure) return failure;
  }
  const taken = pump(stream, tail, 0, output);
  if (typeof taken === "string") return taken;
  if (taken < tail.length) stream.reset();
  return undefined;
}

/** How much of the input zlib took: all, unless a final block came. */
function pump(stream: Stream, input: Uint8Array, from: number, output: Output): number | Failure {
  const { _handle, _writeState } = stream as unknown as Beneath;
  let at = from;
  for (;;) {
    const room = scratch.length - output.filled;
    _handle.writeSync(Z_SYNC_FLUSH, input, at, input.length - at, scratch, output.filled, room);
    if (stream.destroyed) return "DEFLATE_CORRUPT";
    output.filled = scratch.length - _writeState[0]!;
    at = input.length - _writeState[1]!;
    if (_writeState[0] !== 0) return at - from;
    const failure = output.spill();
    if (failure) return failure;
  }
}

let works: boolean | undefined;

/** Whether the synchronous call is there and does what is expected of it. Found out once. */
function canSync(): boolean {
  works ??= trySync();
  return works;
}

function trySync(): boolean {
  const deflate = prepared(createDeflateRaw());
  const inflate = prepared(createInflateRaw());
  try {
    const hello = Uint8Array.of(72, 101, 108, 108, 111);
    const output = new Output(100);
    pump(deflate, hello, 0, output);
    const packed = new Uint8Array(scratch.subarray(0, output.filled));
    output.filled = 0;
    const taken = pump(inflate, packed, 0, output);
    const same = hello.every((byte, at) => scratch[at] === byte);
    return (
      taken === packed.length && output.filled === 5 && same && pump(inflate, hello, 0, output) === "DEFLATE_CORRUPT"
    );
  } catch {
    return false;
  } finally {
    deflate.close();
    inflate.close();
  }
}

const waiting: (() => void)[] = [];
let running = 0;

/** Runs a job when there is a thread for it. It calls `leave` at its end. */
function enter(job: () => void): void {
  if (running === CONCURRENT) return void waiting.push(job);
  running++;
  job();
}

function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}
