import type {
  Deflate,
  DeflateOptions,
  Inflate,
  InflateOptions,
  Zlib,
} from "../../core/protocol/deflate/permessage-deflate.ts";
import { canSync, passAll } from "./zlib/beneath.ts";
import {
  type Contexts,
  countIn,
  countOut,
  makeDispensable,
  makeIndispensable,
  OwnContext,
  SharedContexts,
} from "./zlib/contexts.ts";
import { type InflationJob, PiecewiseInflation } from "./zlib/inflation.ts";
import { zlib } from "./zlib/module.ts";
import { type Failure, Output } from "./zlib/output.ts";
import { inThread } from "./zlib/threads.ts";
import { inflateInTurns, Share } from "./zlib/turns.ts";

/** What a sender removed from the end of each message (RFC 7692 §7.2.2). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const NO_TAIL = new Uint8Array(0);

/**
 * Up to this many bytes are compressed at once, in up to a millisecond: handing them to a thread and back costs 50 to 100
 * microseconds, many times what small messages take. Longer ones would hold up everyone else.
 */
const SYNC_BYTES = 65_536;

/** How zlib is to be used; each has a default. */
export interface NodeZlibOptions {
  /** How many contexts all connections of this process may keep before those that can be done without are. Default: any number. */
  readonly contexts?: number;
  /** The longest message that is compressed at once. 0: zlib's synchronous call is not used at all, as where it is missing. */
  readonly syncBytes?: number;
}

/**
 * Node's zlib for the core. Zlib's synchronous call, which Node does not document, compresses short messages, and decompresses
 * all, a piece in each turn of the event loop; where it is not there, or does not work, the documented streams do, in threads.
 */
export function nodeZlib({ contexts = Infinity, syncBytes = canSync() ? SYNC_BYTES : 0 }: NodeZlibOptions = {}): Zlib {
  return {
    deflate(options) {
      const shared = sharedDeflate(options, syncBytes);
      return options.takeover ? new OwnDeflate(options, syncBytes, contexts, shared) : shared;
    },
    inflate: (options) => new NodeInflate(options, syncBytes === 0),
  };
}

type Done = (bytes: Uint8Array | undefined) => void;

function compress(contexts: Contexts, message: Uint8Array, syncBytes: number, done: Done): void {
  const settle = (result: Uint8Array | Failure) => done(typeof result === "string" ? undefined : result);
  if (message.length > syncBytes) inThread(contexts, message, NO_TAIL, Infinity, settle);
  else settle(compressAtOnce(contexts, message));
}

function compressAtOnce(contexts: Contexts, message: Uint8Array): Uint8Array | Failure {
  const stream = contexts.acquire();
  const output = new Output(Infinity);
  const failure = passAll(stream, message, NO_TAIL, output);
  contexts.release(stream);
  return failure ?? output.result();
}

/** Compresses each message by itself, for any number of connections. */
class SharedDeflate implements Deflate {
  readonly #contexts: SharedContexts;
  readonly #syncBytes: number;

  constructor({ windowBits, level, memLevel }: DeflateOptions, syncBytes: number) {
    this.#contexts = new SharedContexts(() => zlib().createDeflateRaw({ windowBits, level, memLevel }));
    this.#syncBytes = syncBytes;
  }

  deflate(message: Uint8Array, done: Done): void {
    compress(this.#contexts, message, this.#syncBytes, done);
  }

  forget(): void {}
  close(): void {}
}

/** At most one for each setting of a definition. */
const shared = new Map<string, SharedDeflate>();

function sharedDeflate(options: DeflateOptions, syncBytes: number): SharedDeflate {
  const key = [options.windowBits, options.level, options.memLevel, syncBytes].join();
  const known = shared.get(key) ?? new SharedDeflate(options, syncBytes);
  shared.set(key, known);
  return known;
}

/** Compresses with what was sent before, unless other connections need the memory. */
class OwnDeflate implements Deflate {
  readonly #context: OwnContext;
  readonly #syncBytes: number;
  readonly #most: number;
  readonly #alone: Deflate;
  readonly #free: () => boolean;
  #kept = false;

  constructor({ windowBits, level, memLevel }: DeflateOptions, syncBytes: number, most: number, alone: Deflate) {
    this.#context = new OwnContext(() => zlib().createDeflateRaw({ windowBits, level, memLevel }));
    this.#syncBytes = syncBytes;
    this.#most = most;
    this.#alone = alone;
    this.#free = () => {
      if (!this.#context.free()) return false;
      this.#countOut();
      return true;
    };
  }

  deflate(message: Uint8Array, done: Done): void {
    this.#kept ||= countIn(this.#most);
    if (this.#kept) this.#deflate(message, done);
    else this.#alone.deflate(message, done);
  }

  #deflate(message: Uint8Array, done: Done): void {
    makeIndispensable(this.#free);
    compress(this.#context, message, this.#syncBytes, (bytes) => {
      if (this.#kept) makeDispensable(this.#free);
      done(bytes);
    });
  }

  /** RFC 7692 §7.2.1 lets a sender begin anew with each message, and the receiver needs not be told. */
  forget(): void {
    this.#context.reset();
  }

  close(): void {
    makeIndispensable(this.#free);
    this.#context.close();
    this.#countOut();
  }

  #countOut(): void {
    if (this.#kept) countOut();
    this.#kept = false;
  }
}

/** A shared context reads every window. */
const sharedInflates = new SharedContexts(() => zlib().createInflateRaw());

/**
 * Inflates one connection's messages: in this process's own thread, a bounded amount in each turn of the event loop, or in
 * threads where there is no synchronous call.
 */
class NodeInflate implements Inflate {
  readonly #own: OwnContext | undefined;
  readonly #threads: boolean;
  #share: Share | undefined;
  #closed = false;

  constructor({ windowBits, takeover }: InflateOptions, threads: boolean) {
    this.#threads = threads;
    if (!takeover) return;
    // What a stream itself would put its output in is not used without threads, so it may be small.
    this.#own = new OwnContext(() => zlib().createInflateRaw(threads ? { windowBits } : { windowBits, chunkSize: 64 }));
    countIn(Infinity);
  }

  inflate(payload: Uint8Array, limit: number, done: (result: Uint8Array | Failure) => void): void {
    const contexts = this.#own ?? sharedInflates;
    if (this.#threads) inThread(contexts, payload, TAIL, limit, done);
    else this.#inflateInTurns({ contexts, payload, tail: TAIL, limit, isOver: () => this.#closed, done });
  }

  #inflateInTurns(job: InflationJob): void {
    this.#share ??= new Share();
    inflateInTurns(this.#share, new PiecewiseInflation(job, this.#share));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#own?.close();
    if (this.#own) countOut();
  }
}
