import type { Duplex } from "node:stream";
import type { Limits } from "../../core/contract/limits.ts";
import { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionInput, ConnectionSink } from "../../core/protocol/connection-sink.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import type { ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import { Arrival, type Receiving } from "../../core/session/arrival.ts";
import { platform } from "../shared/platform.ts";
import { type BytesSink, flows, onBytes } from "./bytes.ts";
import type { FrameTrace } from "./frame-trace.ts";
import { PongTimer } from "./pong-timer.ts";
import type { Writer } from "./writer.ts";

/** Told before a connection has a sink of its own: nothing, since nothing is read before. */
const NOBODY: ConnectionSink = { receiveMessage() {}, closed() {} };

/** Reads a stream into a connection, no faster than that can take it, and no slower than `limits.receiveRate`. */
export class Reader implements BytesSink, ConnectionInput, Receiving {
  readonly connection: Connection;
  readonly #writer: Writer;
  readonly #limits: Limits;
  #paused = false;
  #decoding = false;
  /** Whether the message that is under way comes on. */
  #arrival: Arrival | undefined;
  #pongs: PongTimer | undefined;

  constructor(writer: Writer, limits: Limits, extension?: Extension, trace?: FrameTrace) {
    this.#writer = writer;
    this.#limits = limits;
    const output = trace?.sent(() => this.connection, writer) ?? writer;
    this.connection = new Connection({ role: "server", limits, extension }, NOBODY, output, this);
    trace?.received(this);
  }

  get #stream(): Duplex {
    return this.#writer.stream;
  }

  /** Begins to read. `early` is what arrived before. */
  start(early: readonly Uint8Array[]): void {
    for (const chunk of early) this.receive(chunk);
    onBytes(this.#stream, this);
    // It may have been paused while `upgrade` ran; one that was read from its first byte on and never touched since flows.
    if (this.deaf || !flows(this.#stream)) this.#flow();
    if (this.#stream.destroyed || this.#stream.readableEnded) this.connection.receiveEnd();
  }

  receive(chunk: Uint8Array): void {
    const { connection } = this;
    this.#writer.cork();
    try {
      connection.receive(chunk);
    } finally {
      this.#writer.uncork();
    }
    if (connection.receiving) this.#watch(chunk.length);
    if (this.#pongs) this.#checkPongs();
  }

  receiveEnd(): void {
    this.connection.receiveEnd();
  }

  pause(): void {
    this.#paused = true;
    this.connection.pause();
    this.#flow();
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
    this.connection.resume();
  }

  #flow(): void {
    if (this.deaf) this.#stream.pause();
    else this.#stream.resume();
  }

  // What the connection tells.

  decoding(): void {
    this.#decoding = true;
    this.#flow();
  }

  decoded(): void {
    this.#decoding = false;
    this.#flow();
  }

  pinged(payload: Uint8Array<ArrayBuffer>): void {
    this.#pongs ??= new PongTimer(this.connection, this.#limits.pongsPerSecond);
    this.#pongs.receivePing(payload);
  }

  /** The session bounds what it sends; what the connection answers by itself, Pongs, is bounded here. */
  #checkPongs(): void {
    const { connection } = this;
    const waiting = this.#writer.bytes + connection.unsent.bytes;
    if (connection.state === "OPEN" && waiting > this.#limits.bufferedBytes) this.#fail("SLOW_CONSUMER");
  }

  #fail(failure: ProtocolFailureCode): void {
    this.connection.unsent.drop();
    this.#writer.drop();
    this.connection.fail(failure);
  }

  end(): void {
    this.arrived();
    this.#pongs?.end();
  }

  // A message that is under way.

  #watch(bytes: number): void {
    this.#arrival ??= new Arrival(this, platform, this.#limits.receiveRate);
    this.#arrival.took(bytes);
  }

  get receiving(): boolean {
    return this.connection.receiving;
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
}
