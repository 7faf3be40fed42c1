import { randomBytes } from "node:crypto";
import { Connection } from "../../core/protocol/connection.ts";
import type { ConnectionClose, ConnectionSink } from "../../core/protocol/connection-sink.ts";
import { headerLength, payloadLength } from "../../core/protocol/frame.ts";
import { viewOf } from "../../core/protocol/slab.ts";
import { field } from "./answer.ts";
import { isHttpText } from "./bytes.ts";
import { agreedExtension } from "./deflate.ts";
import { type Finding, fail } from "./finding.ts";
import type { Shake } from "./shake.ts";
import type { Wire } from "./wire.ts";

/** Messages from a server may be long; beyond this no doctor needs to look. */
const MESSAGE_BYTES = 1 << 24;

/** What came behind the 101 is kept for evidence up to here. */
const KEPT = 1 << 20;

/** An open connection as the client sees it, over the core's own state machine. */
export class Talk {
  readonly messages: (string | Uint8Array)[] = [];
  readonly pongs: string[] = [];
  /** How it ended, once it has: `performance.now()` at that time, and whether our Close had gone out before. */
  ended: (ConnectionClose & { readonly at: number; readonly afterOurClose: boolean }) | undefined;
  /** Whether the 101 announced a body, which it must not have (RFC 9110 §15.2). */
  readonly #body: boolean;
  /** When the 101 was there. */
  readonly began: number = performance.now();
  readonly wire: Wire;
  /** Whether permessage-deflate was agreed to. */
  readonly compressed: boolean;
  readonly #connection: Connection;
  #behind: Buffer = Buffer.alloc(0);
  #closing = false;

  /** @param shake one that was answered with a 101 */
  constructor({ wire, reply, request }: Shake) {
    this.wire = wire;
    const extension =
      reply.kind === "http" && request.deflate
        ? agreedExtension(field(reply.answer, "sec-websocket-extensions"))
        : undefined;
    this.#body = reply.kind === "http" && BODY.some((name) => !/^0?$/.test(field(reply.answer, name) ?? ""));
    this.compressed = extension !== undefined;
    const sink: ConnectionSink = {
      receiveMessage: (data) => {
        this.messages.push(data);
        // A long one may have been decompressed on a thread of its own.
        wire.wake();
      },
      receivePong: (payload) => void this.pongs.push(Buffer.from(payload).toString("latin1")),
      closed: (code, reason, wasClean, failure) => {
        this.ended = { code, reason, wasClean, failure, at: performance.now(), afterOurClose: this.#closing };
        wire.wake();
      },
    };
    const maskKey = () => randomBytes(4).readUInt32BE();
    this.#connection = new Connection(
      { role: "client", maskKey, extension, limits: { messageBytes: MESSAGE_BYTES } },
      sink,
      { write: (span) => wire.write(viewOf(span)) },
    );
  }

  /** Resolves with what `probe` finds, undefined after `ms` or when the connection ended without it. */
  async until<Found>(probe: () => Found | undefined, ms: number): Promise<Found | undefined> {
    const found = await this.wire.until(() => {
      this.#read();
      return probe() ?? (this.ended ? "ended" : undefined);
    }, ms);
    return found === "ended" ? probe() : (found as Found | undefined);
  }

  /** Listens for that long; less when the connection ends. */
  async listen(ms: number): Promise<void> {
    await this.until(() => undefined, ms);
  }

  send(data: string): void {
    this.#connection.send(data);
  }

  ping(payload: string): void {
    this.#connection.ping(Buffer.from(payload));
  }

  close(): void {
    this.#closing = true;
    this.#connection.close(1000);
  }

  /** What came behind the 101, from the frame on that ended the connection. */
  get lastBytes(): Buffer {
    return Buffer.concat([this.#behind.subarray(lastFrame(this.#behind)), this.wire.bytes]);
  }

  /** What is wrong with what came, if RFC 6455 was broken. */
  get broken(): Finding | undefined {
    const failure = this.ended?.failure;
    if (failure === undefined) return undefined;
    if (this.#body || isHttpText(this.lastBytes)) return fail("HTTP_AFTER_101", unframed(this.lastBytes));
    return fail(failure, unframed(this.lastBytes));
  }

  #read(): void {
    if (this.ended) return;
    const bytes = this.wire.take();
    if (bytes.length > 0 && this.#behind.length < KEPT) this.#behind = Buffer.concat([this.#behind, bytes]);
    if (bytes.length > 0) this.#connection.receive(bytes);
    if (this.wire.end && !this.ended) this.#connection.receiveEnd();
  }
}

const BODY = ["content-length", "transfer-encoding", "content-type"];

/** What bytes that are no frame say, if they are text: some servers write their messages as they are. */
function unframed(bytes: Buffer): string {
  const text = bytes.toString("latin1", 0, 60);
  return /^[\t\r\n -~]{2,}$/.test(text) ? `it is text, and in no frame: ${JSON.stringify(text)}` : "";
}

/** Where the last frame that has begun starts. */
export function lastFrame(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    const rest = bytes.length - at;
    if (rest < 2 || rest < headerLength(bytes[at + 1]!)) return at;
    const next = at + headerLength(bytes[at + 1]!) + payloadLength(bytes, at);
    if (next >= bytes.length) return at;
    at = next;
  }
}
