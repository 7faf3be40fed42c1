import { type Broadcast, messageFrame, opcodeFor } from "./broadcast.ts";
import { EncodedBroadcast } from "./encoded-broadcast.ts";
import type { Extension, SharedEncoding } from "./extension.ts";
import { FIN, frameOf } from "./frame.ts";
import { PendingFrames } from "./pending-frames.ts";
import { isShared, type Span } from "./slab.ts";
import type { Sending } from "./unsent.ts";
import { encodeText } from "./utf8.ts";

/** What a message that waits to be encoded takes beside its bytes (Node 24). */
const JOB_BYTES = 300;

/** A message that is encoded in its turn. */
interface Job {
  readonly length: number;
  /** Its bytes are there once for many connections. */
  readonly shared: boolean;
  /** Calls `done` once, now or later; with undefined if it can't be encoded. */
  encode(done: (frame: Span | undefined) => void): void;
}

/** Frames, a message, or what is to be run in its turn. */
type Entry = PendingFrames | Job | (() => void);

const DONE = (): void => {};

/** Has an extension encode what is sent, and keeps all in order while that takes its time. */
export class SendQueue implements Sending {
  bytes = 0;
  shared = 0;
  overhead = 0;
  readonly #extension: Extension;
  readonly #maskKey: (() => number) | undefined;
  readonly #sink: { write(frame: Span): void };
  readonly #failed: () => void;
  #waiting: Entry[] = [];
  /** Those that are being done. */
  #current: Entry[] = [];
  #running: Job | undefined;
  #emptying = false;

  /** `failed`: a message can't be encoded. */
  constructor(
    extension: Extension,
    maskKey: (() => number) | undefined,
    sink: { write(frame: Span): void },
    failed: () => void,
  ) {
    this.#extension = extension;
    this.#maskKey = maskKey;
    this.#sink = sink;
    this.#failed = failed;
  }

  /** Sends a message; it is copied if it has to wait. A server's broadcast is encoded once for all that encode it alike. */
  send(data: string | Uint8Array, broadcast: Broadcast | undefined): void {
    const shared = this.#maskKey === undefined ? broadcast : undefined;
    const { shared: encoding } = this.#extension;
    if (!this.#encodes(data)) this.write(shared?.frame ?? messageFrame(data, this.#maskKey?.()));
    else if (shared && encoding) this.#share(shared, encoding);
    else this.#encode(opcodeFor(data), shared?.bytes ?? payloadOf(data));
  }

  #encodes(data: string | Uint8Array): boolean {
    const extension = this.#extension;
    if (typeof data !== "string" || extension.encodes(data.length)) return extension.encodes(data.length);
    // A character takes up to three bytes.
    return extension.encodes(3 * data.length) && extension.encodes(payloadOf(data).length);
  }

  #share(broadcast: Broadcast, encoding: SharedEncoding): void {
    const { rsv } = this.#extension;
    const once = broadcast.once(encoding.alike, () => new EncodedBroadcast(broadcast, rsv, encoding));
    const { length } = broadcast.bytes;
    const written = (done: (frame: Span | undefined) => void) =>
      once.whenReady((frame) => {
        encoding.used();
        done(frame);
      });
    this.#enter({ length, shared: true, encode: written });
  }

  #encode(opcode: number, message: Uint8Array): void {
    const extension = this.#extension;
    const own = this.#busy ? new Uint8Array(message) : message;
    const frame = (payload: Uint8Array) => frameOf(opcode, payload, this.#maskKey?.(), FIN | extension.rsv);
    const encode = (done: (frame: Span | undefined) => void) =>
      extension.encode(own, (payload) => done(payload && frame(payload)));
    this.#enter({ length: own.length, shared: false, encode });
  }

  /** Writes a frame in its turn. */
  write(frame: Span): void {
    if (this.#busy) this.#keep(frame);
    else this.#sink.write(frame);
  }

  #keep(frame: Span): void {
    const last = this.#waiting.at(-1);
    const pending = last instanceof PendingFrames ? last : new PendingFrames();
    if (pending !== last) this.#waiting.push(pending);
    const length = frame.to - frame.from;
    this.bytes += length;
    if (isShared(frame)) this.shared += length;
    pending.add(frame, true);
  }

  afterAll(run: () => void): void {
    if (this.#busy) this.#waiting.push(run);
    else run();
  }

  /** No message may be sent any more. */
  drop(): void {
    this.#running = undefined;
    this.bytes = 0;
    this.shared = 0;
    this.overhead = 0;
    for (const entry of this.#current.splice(0).concat(this.#waiting.splice(0))) {
      if (entry instanceof PendingFrames) entry.takeAll();
      else if (typeof entry === "function") entry();
    }
  }

  /** Whether what is sent waits its turn. */
  get #busy(): boolean {
    return this.#running !== undefined || this.#waiting.length > 0 || this.#emptying;
  }

  #enter(job: Job): void {
    if (this.#busy) {
      this.#waiting.push(job);
      this.#count(job, 1);
    } else this.#begin(job);
  }

  #begin(job: Job): void {
    let late = false;
    this.#running = job;
    job.encode((frame) => {
      // It was dropped meanwhile.
      if (this.#running !== job) return;
      this.#running = undefined;
      if (late) this.#count(job, -1);
      if (frame) this.#sink.write(frame);
      else this.#failed();
      if (late) this.#empty();
    });
    late = this.#running === job;
    if (late) this.#count(job, 1);
  }

  #count({ length, shared }: Job, change: 1 | -1): void {
    this.bytes += change * length;
    if (shared) this.shared += change * length;
    this.overhead += change * JOB_BYTES;
  }

  /** Goes on until a message takes its time again. What callbacks send meanwhile comes after all that waits. */
  #empty(): void {
    this.#emptying = true;
    while (this.#running === undefined && this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      this.#current = entries;
      let at = 0;
      for (; at < entries.length && this.#running === undefined; at++) {
        const entry = entries[at]!;
        entries[at] = DONE;
        this.#do(entry);
      }
      this.#waiting = entries.slice(at).concat(this.#waiting);
    }
    this.#current = [];
    this.#emptying = false;
  }

  #do(entry: Entry): void {
    if (typeof entry === "function") entry();
    else if (entry instanceof PendingFrames) this.#writeAll(entry);
    else {
      this.#count(entry, -1);
      this.#begin(entry);
    }
  }

  #writeAll(pending: PendingFrames): void {
    this.bytes -= pending.bytes;
    this.shared -= pending.shared;
    for (const frame of pending.takeAll()) this.#sink.write(frame);
  }
}

function payloadOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encodeText(data) : data;
}
