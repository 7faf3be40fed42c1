import type { Duplex } from "node:stream";
import type { Limits } from "../../core/contract/limits.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Transport } from "../../core/contract/transport.ts";
import type { Broadcast } from "../../core/protocol/broadcast.ts";
import { Connection, type ConnectionClose, type ConnectionSink } from "../../core/protocol/connection.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import { PendingFrames } from "../../core/protocol/pending-frames.ts";
import { Pongs } from "../../core/protocol/pongs.ts";
import type { ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import { MAX_TAKEN, type Span, viewOf } from "../../core/protocol/slab.ts";
import { Arrival, type Receiving } from "../../core/session/arrival.ts";
import { NOTEWORTHY_BYTES } from "../../core/session/ledger.ts";
import { platform } from "../shared/platform.ts";
import { cut, endSoon } from "./ending.ts";
import { onBytes } from "./reader.ts";
import { flushSoon, Leaving, put } from "./writes.ts";

/** What the events of a connection go to: a session, or nothing for a socket that is only opened to be closed. */
export interface Receiver {
  receiveMessage(data: Message): void;
  /** A message that is under way takes more and more memory. */
  messageGrows?(): void;
  /** Anything at all came. */
  receiveBytes?(): void;
  /** A Pong came. */
  receivePong?(): void;
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void;
}

const NOTHING = new Uint8Array(0);

/** How much of what waits is handed to a stream at a time, when it has written what it had: that can't be taken back. */
const BATCH_BYTES = 1 << 18;

/** Drives the core's connection with a TCP or TLS socket, or with a stream of HTTP/2. */
export class NodeTransport implements Transport, ConnectionSink, Receiving {
  readonly raw: Duplex;
  readonly #connection: Connection;
  readonly #limits: Limits;
  #receiver: Receiver | undefined;
  #pongs: Pongs | undefined;
  /** Set while a Ping waits for its answer. */
  #cancelPong: (() => void) | undefined;
  /** Frames that wait for the end of this turn: most are neighbours in memory, and leave in one piece. */
  #memory: Uint8Array<ArrayBuffer> | undefined;
  #from = 0;
  #to = 0;
  /** Frames that lie elsewhere in memory than those, or can't be written yet. */
  #pending: PendingFrames | undefined;
  /** What the stream was given of it and has not written: until then all else is pending. */
  #leaving: Leaving | undefined;
  /** Whether the message that is under way comes on. */
  #arrival: Arrival | undefined;
  #reading = false;
  #paused = false;
  #decoding = false;

  constructor(socket: Duplex, limits: Limits, extension?: Extension) {
    this.raw = socket;
    this.#limits = limits;
    this.#connection = new Connection({ role: "server", limits, extension }, this);
  }

  /** Begins to read. `early` is what arrived before. */
  start(receiver: Receiver, early: readonly Uint8Array[]): void {
    this.#receiver = receiver;
    for (const chunk of early) this.#connection.receive(chunk);
    onBytes(this.raw, this);
    // It may have been paused while `upgrade` ran.
    this.#read();
    if (this.raw.destroyed || this.raw.readableEnded) this.#connection.receiveEnd();
  }

  /** The stream ended, or was lost. */
  receiveEnd(): void {
    this.#connection.receiveEnd();
  }

  /** The session bounds what it sends; what the connection answers by itself, Pongs, is bounded here. */
  receive(chunk: Uint8Array): void {
    // A part of a long frame shows life as well: no Pong can come before its end.
    this.#receiver?.receiveBytes?.();
    this.#reading = true;
    try {
      this.#connection.receive(chunk);
    } finally {
      this.#reading = false;
      this.flush();
    }
    if (this.#connection.receiving) this.#watch(chunk.length);
    const open = this.#connection.state === "OPEN";
    if (open && this.bufferedAmount() > this.#limits.bufferedBytes) this.#fail("SLOW_CONSUMER");
  }

  #fail(failure: ProtocolFailureCode): void {
    this.drop();
    this.#connection.fail(failure);
  }

  // A message under way.

  #watch(bytes: number): void {
    this.#arrival ??= new Arrival(this, platform, this.#limits.receiveRate);
    this.#arrival.took(bytes);
    if (this.gathered() > NOTEWORTHY_BYTES) this.#receiver?.messageGrows?.();
  }

  get receiving(): boolean {
    return this.#connection.receiving;
  }

  get deaf(): boolean {
    return this.#paused || this.#decoding;
  }

  arrived(): void {
    this.#arrival?.end();
    this.#arrival = undefined;
  }

  stalled(): void {
    this.#fail("SLOW_PRODUCER");
  }

  gathered(): number {
    return this.#connection.gathered;
  }

  // The session's side.

  send(data: Message, broadcast?: Broadcast): number {
    this.#connection.send(data, broadcast);
    return this.bufferedAmount() + this.#connection.unsent.overhead;
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }

  ping(): void {
    this.#connection.ping();
  }

  terminate(): void {
    cut(this.raw);
  }

  bufferedAmount(): number {
    const waiting = this.#to - this.#from + (this.#pending === undefined ? 0 : this.#pending.bytes);
    return this.raw.writableLength + waiting + this.#connection.unsent.bytes;
  }

  held(): number {
    const { shared, overhead } = this.#connection.unsent;
    const written = (this.#leaving?.shared ?? 0) + (this.#pending?.shared ?? 0);
    // What is short and leaves at the end of this turn is not held up.
    const leaving = this.#to - this.#from <= MAX_TAKEN ? this.#to - this.#from : 0;
    return this.bufferedAmount() - leaving + overhead - written - shared;
  }

  /** What the stream was given already stays: it is whole frames. */
  drop(): void {
    this.#connection.dropUnsent();
    this.#pending?.drop();
    this.#takeOpen();
  }

  drained(): Promise<void> {
    return new Promise((resolve) =>
      this.#connection.afterUnsent(() => {
        this.flush();
        if (this.#leaving) this.#leaving.awaited.push(resolve);
        // The callback comes after all that was written before, and when the socket is destroyed.
        else this.raw.write(NOTHING, () => resolve());
      }),
    );
  }

  pause(): void {
    this.#paused = true;
    this.#connection.pause();
    this.#read();
  }

  resume(): void {
    this.#paused = false;
    this.#read();
    this.#connection.resume();
  }

  // The connection's side.

  /** All that is sent during one read, or else in one turn of the event loop, leaves in one system call. */
  write({ memory, from, to }: Span): void {
    if (this.#memory === memory && this.#to === from) {
      this.#to = to;
      return;
    }
    if (this.#memory !== undefined) this.#keep(this.#takeOpen());
    else if (!this.#reading) flushSoon(this);
    this.#memory = memory;
    this.#from = from;
    this.#to = to;
  }

  /** Hands over what waits, unless the stream has not yet written what it has. */
  flush(): void {
    if (this.#memory === undefined) return;
    const span = this.#takeOpen();
    if (this.#isClear && span.to - span.from <= MAX_TAKEN) put(this.raw, span);
    else {
      this.#keep(span);
      if (this.#leaving === undefined) this.#writeSome();
    }
  }

  /** Takes the frames that wait for the end of this turn. */
  #takeOpen(): Span {
    const span = { memory: this.#memory ?? NOTHING, from: this.#from, to: this.#to };
    this.#memory = undefined;
    this.#from = 0;
    this.#to = 0;
    return span;
  }

  /** Nothing else waits, here or in the stream. */
  get #isClear(): boolean {
    return this.raw.writableLength === 0 && (this.#pending === undefined || this.#pending.isEmpty);
  }

  #keep(span: Span): void {
    this.#pending ??= new PendingFrames();
    this.#pending.add(span, this.raw.writableLength > 0);
  }

  #writeSome(awaited: readonly (() => void)[] = []): void {
    const leaving = new Leaving(this.#pending!.take(BATCH_BYTES));
    leaving.awaited.push(...awaited);
    this.#leaving = leaving;
    leaving.write(this.raw, () => this.#written(leaving));
  }

  #written({ awaited }: Leaving): void {
    this.#leaving = undefined;
    if (this.raw.destroyed) this.#pending!.drop();
    if (this.#pending!.isEmpty) for (const done of awaited) done();
    else this.#writeSome(awaited);
  }

  pong(): void {
    this.#receiver?.receivePong?.();
  }

  onPing(payload: Uint8Array<ArrayBuffer>): void {
    this.#pongs ??= new Pongs(this.#limits.pongsPerSecond, (answered) => this.#connection.pong(answered));
    this.#pongs.receivePing(payload, platform.now());
    this.#waitForPong(this.#pongs);
  }

  #waitForPong(pongs: Pongs): void {
    if (pongs.timeout === undefined || this.#cancelPong) return;
    this.#cancelPong = platform.after(Math.max(pongs.timeout - platform.now(), 1), () => {
      this.#cancelPong = undefined;
      pongs.handleTimeout(platform.now());
      // A timer may come a moment early by the clock.
      this.#waitForPong(pongs);
    });
  }

  message(data: Message): void {
    this.#receiver?.receiveMessage(data);
  }

  decoding(): void {
    this.#decoding = true;
    this.#read();
  }

  decoded(): void {
    this.#decoding = false;
    this.#read();
  }

  #read(): void {
    if (this.deaf) this.raw.pause();
    else this.raw.resume();
  }

  closed({ code, reason, wasClean, failure }: ConnectionClose): void {
    this.arrived();
    this.#cancelPong?.();
    this.#receiver?.closed(code, reason, wasClean, failure);
    this.#writeAll();
    endSoon(this.raw, this.#limits.closeMs);
  }

  /** Gives the stream all that waits: its end comes next. */
  #writeAll(): void {
    this.flush();
    for (const span of this.#pending?.takeAll() ?? []) this.raw.write(viewOf(span));
  }
}
