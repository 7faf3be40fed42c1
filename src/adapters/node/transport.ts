import type { Duplex } from "node:stream";
import type { Limits } from "../../core/contract/limits.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Shared, Transport } from "../../core/contract/transport.ts";
import { broadcastOf } from "../../core/protocol/broadcast.ts";
import { NO_STATUS } from "../../core/protocol/close.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import { useTextCoding } from "../../core/protocol/text.ts";
import { cut } from "./ending.ts";
import type { FrameTrace } from "./frame-trace.ts";
import { Reader } from "./reader.ts";
import { nodeText } from "./text.ts";
import { Writer } from "./writer.ts";

useTextCoding(nodeText);

/**
 * A session's side of a TCP or TLS socket, or of a stream of HTTP/2: a connection between a reader and a writer. It is the reader, since
 * an object more would take 40 bytes for every open socket.
 */
export class NodeTransport extends Reader implements Transport {
  /** `trace`: of its frames, where its host is debugged. */
  constructor(stream: Duplex, limits: Limits, extension?: Extension, trace?: FrameTrace) {
    super(new Writer(stream, limits), extension, trace);
  }

  get tracesFrames(): boolean {
    return true;
  }

  get raw(): Duplex {
    return this.writer.stream;
  }

  send(data: Message, shared?: Shared): number {
    const { connection, writer } = this;
    connection.send(data, shared && broadcastOf(data, shared));
    const { bytes, overhead } = connection.unsent;
    return bytes === 0 && writer.leavesThisTurn ? 0 : writer.bytes + bytes + overhead;
  }

  close(code: number, reason: string): void {
    this.connection.close(code === NO_STATUS ? undefined : code, reason);
  }

  ping(): void {
    this.connection.ping();
  }

  terminate(): void {
    cut(this.raw);
  }

  bufferedAmount(): number {
    return this.writer.bytes + this.connection.unsent.bytes;
  }

  held(): number {
    const { bytes, shared, overhead } = this.connection.unsent;
    return this.writer.ownBytes + bytes - shared + overhead;
  }

  receivingBytes(): number {
    return this.connection.receivingBytes;
  }

  drop(): void {
    this.connection.unsent.drop();
    this.writer.drop();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.connection.unsent.afterAll(() => this.writer.whenWritten(resolve)));
  }
}
