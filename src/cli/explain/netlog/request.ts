import { encodeFrame } from "../../../core/protocol/frame.ts";
import { Conversation } from "../capture/conversation.ts";
import type { Side } from "../explanation.ts";
import { numberOf, textOf } from "../json.ts";
import { headerLines, type NetEvent } from "./log.ts";

/** One WebSocket of a NetLog: what the browser asked for, and what went over its connection. */
export class SocketRequest {
  readonly url: string;
  /** What the browser says of a handshake that failed. */
  failure = "";
  /** The number of the error that it ended with. */
  netError: number | undefined;
  /** Heads and frames as the browser sees them, and bytes as the connection does: a log may have either. */
  readonly #events: NetEvent[] = [];
  #hasBytes = false;

  constructor(url: string) {
    this.url = url;
  }

  /** Takes what the log tells of the request itself, or of its connection. */
  take(event: NetEvent): void {
    const { type, params, isEnd } = event;
    if (type === "WEBSOCKET_UPGRADE_FAILURE") this.failure = textOf(params.message);
    else if (type === "REQUEST_ALIVE") this.netError = isEnd ? numberOf(params.net_error) : undefined;
    else if (type !== "SOCKET_ALIVE" || isEnd) this.#events.push(event);
    this.#hasBytes ||= textOf(params.bytes) !== "";
  }

  /** All that was said, and when the last of it was. */
  played(): { readonly talk: Conversation; readonly lastMs: number } {
    const talk = new Conversation(true);
    for (const event of this.#events) {
      if (!this.#ended(talk, event)) this.#said(talk, event);
    }
    return { talk, lastMs: this.#events.at(-1)?.ms ?? 0 };
  }

  /** An end is told in both. */
  #ended(talk: Conversation, { type, params, ms }: NetEvent): boolean {
    if (type === "SOCKET_READ_ERROR") talk.end("server", "RST", ms);
    else if (type === "SOCKET_ALIVE") talk.end("client", "FIN", ms);
    else if (type === "SOCKET_BYTES_RECEIVED" && params.byte_count === 0) talk.end("server", "FIN", ms);
    else return false;
    return true;
  }

  #said(talk: Conversation, event: NetEvent): void {
    const { type, params, ms } = event;
    if (/BYTES_(?:SENT|RECEIVED)$/.test(type)) {
      // Of wss: the log has what is inside of TLS, too.
      const isInside = type.startsWith("SSL_") === /^wss:/i.test(this.url);
      if (isInside && this.#hasBytes)
        talk.data(type.endsWith("SENT") ? "client" : "server", Buffer.from(textOf(params.bytes), "base64"), ms);
    } else if (!this.#hasBytes) this.#seen(talk, event);
  }

  #seen(talk: Conversation, event: NetEvent): void {
    const { type, params, ms } = event;
    if (type === "HTTP_TRANSACTION_SEND_REQUEST_HEADERS")
      talk.data("client", head([textOf(params.line).trim(), ...headerLines(params)]), ms);
    else if (type === "HTTP_TRANSACTION_READ_RESPONSE_HEADERS") talk.data("server", head(headerLines(params)), ms);
    else frame(talk, type === "WEBSOCKET_SENT_FRAME_HEADER" ? "client" : "server", event);
  }
}

function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** A log without bytes has the headers of frames. */
function frame(talk: Conversation, by: Side, { params, ms }: NetEvent): void {
  const length = numberOf(params.payload_length) ?? 0;
  if (length > MOST) return;
  const flags = (params.final === true ? 0x80 : 0) | (params.reserved1 === true ? 0x40 : 0);
  const bytes = encodeFrame(
    numberOf(params.opcode) ?? 0,
    new Uint8Array(length),
    by === "client" ? 0 : undefined,
    flags,
  );
  talk.data(by, bytes.subarray(0, bytes.length - length), ms);
  if (length > 0) talk.lost(by, length, ms);
}

/** Longer frames are passed over: bytes. */
const MOST = 1 << 24;
