import { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionInput, ConnectionSink } from "../../core/protocol/connection-sink.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import type { ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import { ReceiveRate, type Receiving } from "../../core/session/receive-rate.ts";
import { platform } from "../shared/platform.ts";
import { type BytesSink, flows, onBytes } from "./bytes.ts";
import type { FrameTrace } from "./frame-trace.ts";
import { PongTimer } from "./pong-timer.ts";
import type { Writer } from "./writer.ts";

/** The sink of a connection until its session is made. It is told nothing, since nothing is read before. */
const NOBODY: ConnectionSink = { receiveMessage() {}, closed() {} };

/** A bit of `#stoppedFor`: hooks can't keep up. */
const PAUSED = 1;
/** A bit of `#stoppedFor`: a message is being decoded. */
const DECODING = 2;

/**
 * Reads a stream into a connection, no faster than that can take it, and no slower than `limits.receiveRate`. Every open socket has
 * one, so none of its methods is private by `#`, which costs an instance 8 bytes.
 */
export class Reader implements BytesSink, ConnectionInput, Receiving {
  readonly connection: Connection;
  readonly writer: Writer;
  /** Why nothing is read, in bits: 0 while something is. */
  #stoppedFor = 0;
  /** Watches whether the message that is under way comes fast enough. */
  #receiveRate: ReceiveRate | undefined;
  #pongs: PongTimer | undefined;

  constructor(writer: Writer, extension?: Extension, trace?: FrameTrace) {
    this.writer = writer;
    const { limits } = writer;
    const output = trace?.(this, writer) ?? writer;
    this.connection = new Connection({ role: "server", limits, extension }, NOBODY, output, this);
  }

  /** Begins to read. `early` is what arrived before. */
  read(early: readonly Uint8Array[]): void {
    const { stream } = this.writer;
    for (const chunk of early) this.receive(chunk);
    onBytes(stream, this);
    // It may have been paused while `upgrade` ran; one that was read from its first byte on and never touched since flows.
    if (this.readingStopped || !flows(stream)) flow(this);
    if (stream.destroyed || stream.readableEnded) this.connection.receiveEnd();
  }

  receive(chunk: Uint8Array): void {
    const { connection, writer } = this;
    const corked = writer.cork();
    try {
      connection.receive(chunk);
    } finally {
      writer.uncork(corked);
    }
    if (connection.receiving) {
      this.#receiveRate ??= new ReceiveRate(this, platform, writer.limits.receiveRate);
      this.#receiveRate.received(chunk.length);
    }
    if (this.#pongs) checkPongs(this);
  }

  receiveEnd(): void {
    this.connection.receiveEnd();
  }

  pause(): void {
    this.#stoppedFor |= PAUSED;
    this.connection.pause();
    flow(this);
  }

  resume(): void {
    this.#stoppedFor &= ~PAUSED;
    flow(this);
    this.connection.resume();
  }

  // ConnectionInput: what the connection tells its reader.

  decoding(): void {
    this.#stoppedFor |= DECODING;
    flow(this);
  }

  decoded(): void {
    this.#stoppedFor &= ~DECODING;
    flow(this);
  }

  pinged(payload: Uint8Array<ArrayBuffer>): void {
    this.#pongs ??= new PongTimer(this.connection, this.writer.limits.pongsPerSecond);
    this.#pongs.receivePing(payload);
  }

  ended(): void {
    this.messageEnded();
    this.#pongs?.end();
  }

  // Receiving: what the watch over a message that is under way asks and tells.

  get receiving(): boolean {
    return this.connection.receiving;
  }

  get readingStopped(): boolean {
    return this.#stoppedFor !== 0;
  }

  messageEnded(): void {
    this.#receiveRate?.end();
    this.#receiveRate = undefined;
  }

  tooSlow(): void {
    fail(this, "SLOW_PRODUCER");
  }
}

function flow({ readingStopped, writer }: Reader): void {
  if (readingStopped) writer.stream.pause();
  else writer.stream.resume();
}

/** The session bounds what it sends; what the connection answers by itself, Pongs, is bounded here. */
function checkPongs(reader: Reader): void {
  const { connection, writer } = reader;
  const waiting = writer.bytes + connection.unsent.bytes;
  if (connection.state === "OPEN" && waiting > writer.limits.bufferedBytes) fail(reader, "SLOW_CONSUMER");
}

function fail({ connection, writer }: Reader, failure: ProtocolFailureCode): void {
  connection.unsent.drop();
  writer.drop();
  connection.fail(failure);
}
