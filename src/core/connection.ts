import { ABNORMAL, checkClose, decodeClosePayload, encodeClosePayload, isSendableCode, NO_STATUS } from "./close.ts";
import { type ConnectionEvent, type ConnectionState, TRANSITIONS } from "./connection-state.ts";
import type { Extension } from "./extensions.ts";
import {
  FIN,
  frameOf,
  headerFailure,
  headerLength,
  isControl,
  isMinimalLength,
  MASK,
  MAX_HEADER_BYTES,
  maskingKey,
  OPCODE,
  opcodeOf,
  payloadLength,
  textFrameOf,
} from "./frame.ts";
import { copyMasked, unmask, unmasked } from "./mask.ts";
import { MessageAssembly, type MessageLimits } from "./message.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "./protocol-failures.ts";
import { pin, type Span } from "./slab.ts";
import type { Broadcast } from "./transport.ts";
import { decodeText, encodeText } from "./utf8.ts";

const NOTHING = new Uint8Array(0);

/** How a connection ended. */
export interface ConnectionClose {
  /** Ours if we closed first, else the peer's; 1005 for a Close without a code, 1006 for none, a failure's own. */
  readonly code: number;
  /** The reason that goes with the code; the failure's name if it failed. */
  readonly reason: string;
  /** Whether both sides sent a Close (RFC 6455 §7.1.4). */
  readonly wasClean: boolean;
  /** Why it failed, if it did. */
  readonly failure?: ProtocolFailureCode;
}

/** Where a connection's output goes. Each callback may call any method of the connection; none may throw. */
export interface ConnectionSink {
  /** Bytes for the peer, in order: the sink's, until it releases them. */
  write(bytes: Span): void;
  /** A whole message: text, or bytes that own exactly their buffer. */
  message(data: string | Uint8Array<ArrayBuffer>): void;
  /** A Pong, asked for or not (RFC 6455 §5.5.3). */
  pong?(payload: Uint8Array<ArrayBuffer>): void;
  /** A Ping, for a sink that answers by `connection.pong` itself, at its own pace. Without it, each is answered at once. */
  onPing?(payload: Uint8Array<ArrayBuffer>): void;
  /** A message takes its time to be decoded: until `decoded()`, what is received only piles up. */
  decoding?(): void;
  decoded?(): void;
  /** The connection is over: its owner ends the stream. Called exactly once; nothing follows. */
  closed(close: ConnectionClose): void;
}

/** A client brings its masking keys: 32 random bits for each frame (RFC 6455 §5.3). */
export type ConnectionOptions = MessageLimits & { readonly extension?: Extension | undefined } & (
    | { readonly role: "server"; readonly maskKey?: undefined }
    | { readonly role: "client"; readonly maskKey: () => number }
  );

/**
 * One side of a connection after its opening handshake (RFC 6455 §5–§7): bytes in, calls of its sink out. It answers Ping
 * and Close by itself. However its input is split, the same calls come, and a peer's mistake is a `closed` with `failure`.
 */
export class Connection {
  readonly #sink: ConnectionSink;
  readonly #maskKey: (() => number) | undefined;
  readonly #extension: Extension | undefined;
  readonly #rsv: number;
  readonly #message: MessageAssembly;
  #state: ConnectionState = "OPEN";
  #ourClose: { code: number; reason: string } | undefined;

  // Input that waits: until resume(), until the chunk before it is parsed, or until a message is decoded.
  readonly #kept: Uint8Array[] = [];
  #paused = false;
  #parsing = false;
  #ended = false;
  #decoding = false;
  #decoded: string | Uint8Array<ArrayBuffer> | undefined;

  // Output that waits until the message before it is encoded.
  readonly #unsent: (() => void)[] = [];
  #unsentBytes = 0;
  #encoding = false;

  // The frame that is being read: a header that came in pieces, then its payload.
  #header: Uint8Array | undefined;
  #headerSize = 0;
  #opcode = 0;
  #length = 0;
  #taken = 0;
  #key = 0;
  #control: Uint8Array<ArrayBuffer> | undefined;

  constructor(options: ConnectionOptions, sink: ConnectionSink) {
    this.#sink = sink;
    this.#maskKey = options.maskKey;
    this.#extension = options.extension;
    this.#rsv = options.extension?.rsv ?? 0;
    this.#message = new MessageAssembly(options);
  }

  /** OPEN, CLOSING once our Close was sent, CLOSED once all is over but the output, after which comes `closed`. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Bytes that were sent and not yet written, since a message before them is still being encoded. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** Runs this once all that was sent has been written: now, unless a message is still being encoded. */
  afterUnsent(run: () => void): void {
    this.#inOrder(0, run);
  }

  /** Takes what came from the peer. The chunk is the caller's again when this returns. */
  receive(chunk: Uint8Array): void {
    if (this.#state === "CLOSED") return;
    if (this.#parsing || this.#held) {
      this.#kept.push(new Uint8Array(chunk));
      return;
    }
    const at = this.#parse(chunk);
    // First in line: what a callback received meanwhile comes after the rest of this chunk.
    if (at < chunk.length) this.#kept.unshift(new Uint8Array(chunk.subarray(at)));
    this.#parseKept();
  }

  /** The stream ended, by FIN or reset: after what was received, and pause() or not, `closed` with 1006 unless it came. */
  receiveEnd(): void {
    this.#ended = true;
    this.resume();
  }

  /** Stops parsing at the end of this frame: no message until resume(). Without effect once closing or ended. */
  pause(): void {
    this.#paused = this.#state === "OPEN" && !this.#ended;
  }

  /** Goes on with what was received since pause(). */
  resume(): void {
    this.#paused = false;
    if (!this.#parsing) this.#parseKept();
  }

  /**
   * Sends a message in one frame; false once closing. The data is copied. `broadcast`: a server's uncompressed frame is made
   * once for all the connections that are given the same one.
   */
  send(data: string | Uint8Array, broadcast?: Broadcast): boolean {
    if (this.#state !== "OPEN") return false;
    if (broadcast && !this.#extension && !this.#maskKey) this.#sink.write(sharedFrame(broadcast, data));
    else if (this.#extension !== undefined) this.#sendThrough(this.#extension, data);
    else this.#sink.write(messageFrame(data, this.#maskKey?.()));
    return true;
  }

  /** Sends a Ping; false once closing. Throws a RangeError for more than 125 bytes (RFC 6455 §5.5). */
  ping(payload: Uint8Array = new Uint8Array(0)): boolean {
    if (payload.length > 125) throw new RangeError(`A Ping holds at most 125 bytes, not ${payload.length}.`);
    if (this.#state !== "OPEN") return false;
    this.#write(OPCODE.PING, payload);
    return true;
  }

  /** Answers a Ping, for a sink that takes them. */
  pong(payload: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== "CLOSED") this.#write(OPCODE.PONG, payload);
  }

  /**
   * Starts the closing handshake; harmless when it has begun. A reason alone goes with 1000; neither is reported as 1005.
   * Throws a TypeError for a code or a reason that a Close must not carry.
   */
  close(code?: number, reason = ""): void {
    const ours = { code: code ?? (reason === "" ? NO_STATUS : 1000), reason };
    if (code !== undefined || reason !== "") checkClose(ours.code, reason);
    if (!this.#move("CLOSE_SENT")) return;
    this.#ourClose = ours;
    this.#write(OPCODE.CLOSE, encodeClosePayload(ours.code, reason));
    this.resume();
  }

  /** Gives up: sends a Close with the failure's code and name, if none was sent, then `closed` (RFC 6455 §7.1.7). */
  fail(failure: ProtocolFailureCode): void {
    const closeSent = this.#state !== "OPEN";
    if (!this.#move("FAILED")) return;
    const code = FAILURE_CLOSE[failure];
    if (!closeSent && isSendableCode(code)) this.#write(OPCODE.CLOSE, encodeClosePayload(code, failure));
    this.#finish({ code, reason: failure, wasClean: false, failure });
  }

  #move(event: ConnectionEvent): boolean {
    const next = TRANSITIONS[this.#state][event];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  #write(opcode: number, payload: Uint8Array): void {
    const frame = frameOf(opcode, payload, this.#maskKey?.());
    if (this.#queueing) this.#inOrder(frame.to - frame.from, () => this.#sink.write(frame));
    else this.#sink.write(frame);
  }

  #sendThrough(extension: Extension, data: string | Uint8Array): void {
    const opcode = typeof data === "string" ? OPCODE.TEXT : OPCODE.BINARY;
    const message = typeof data === "string" ? encodeText(data) : data;
    if (!extension.encodes(message.length)) this.#write(opcode, message);
    else if (!this.#queueing) this.#encode(extension, opcode, message);
    else {
      const copy = new Uint8Array(message);
      this.#inOrder(copy.length, () => this.#encode(extension, opcode, copy));
    }
  }

  #encode(extension: Extension, opcode: number, message: Uint8Array): void {
    const { length } = message;
    let done = false;
    extension.encode(message, (payload) => {
      const late = this.#encoding;
      done = true;
      this.#encoding = false;
      if (late) this.#unsentBytes -= length;
      if (payload === undefined) this.fail("INTERNAL");
      else this.#sink.write(frameOf(opcode, payload, this.#maskKey?.(), FIN | extension.rsv));
      if (late) this.#writeUnsent();
    });
    if (done) return;
    this.#encoding = true;
    this.#unsentBytes += length;
  }

  /** Whether what is sent waits its turn. */
  get #queueing(): boolean {
    return this.#encoding || this.#unsent.length > 0;
  }

  #inOrder(bytes: number, run: () => void): void {
    if (this.#queueing) {
      this.#unsentBytes += bytes;
      this.#unsent.push(() => {
        this.#unsentBytes -= bytes;
        run();
      });
    } else run();
  }

  #writeUnsent(): void {
    let at = 0;
    // What callbacks send meanwhile is added at the end.
    while (at < this.#unsent.length && !this.#encoding) this.#unsent[at++]!();
    this.#unsent.splice(0, at);
  }

  #finish(close: ConnectionClose): void {
    this.#kept.length = 0;
    this.#inOrder(0, () => {
      this.#extension?.close();
      this.#sink.closed(close);
    });
  }

  /** Whether no message may come now. */
  get #held(): boolean {
    return this.#paused || this.#decoding;
  }

  #parseKept(): void {
    while ((this.#kept.length > 0 || this.#decoded !== undefined) && !this.#held) {
      const chunk = this.#decoded === undefined ? this.#kept.shift()! : NOTHING;
      const at = this.#parse(chunk);
      if (at < chunk.length) this.#kept.unshift(chunk.subarray(at));
    }
    if (this.#ended && !this.#decoding && this.#move("ENDED")) {
      this.#finish({ code: ABNORMAL, reason: "", wasClean: false });
    }
  }

  /** Parses until the chunk ends or a callback pauses; returns where it stopped. After CLOSED all is ignored. */
  #parse(chunk: Uint8Array): number {
    this.#parsing = true;
    if (this.#decoded !== undefined) this.#deliverDecoded();
    let at = 0;
    while (at < chunk.length && !this.#held) {
      if (this.#taken < this.#length) at = this.#takePayload(chunk, at);
      else at = this.#takeMessage(chunk, at) || this.#takeHeader(chunk, at);
      if (this.#state === "CLOSED") at = chunk.length;
    }
    this.#parsing = false;
    return at;
  }

  /**
   * The quick way, for what most frames are: a whole message of a client, all of it here. Returns where it ends, or 0 and has
   * done nothing for anything else, valid or not. It takes half of the time of a message's (Node 24, 64 bytes).
   */
  #takeMessage(chunk: Uint8Array, at: number): number {
    const opcode = chunk[at]! ^ FIN;
    const second = chunk[at + 1] ?? 0;
    // Masked, and with a length of 7 or 16 bits.
    if ((opcode !== OPCODE.BINARY && opcode !== OPCODE.TEXT) || second < MASK || second === 0xff) return 0;
    const start = at + headerLength(second);
    if (start > chunk.length || this.#maskKey !== undefined || this.#headerSize > 0 || !this.#message.fin) return 0;
    const length = payloadLength(chunk, at);
    const end = start + length;
    if (end > chunk.length || length > this.#message.limit || !isMinimalLength(second, length)) return 0;
    unmask(chunk, start, length, maskingKey(chunk, at, start - at));
    this.#deliver(opcode === OPCODE.TEXT ? decodeText(unmasked.subarray(0, length)) : unmasked.slice(0, length));
    return end;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const rest = chunk.length - at;
    if (this.#headerSize > 0 || rest < 2 || rest < headerLength(chunk[at + 1]!)) return this.#gatherHeader(chunk, at);
    const length = headerLength(chunk[at + 1]!);
    if (this.#acceptHeader(chunk[at]!, chunk[at + 1]!)) this.#beginFrame(chunk, at, length, rest - length);
    return at + length;
  }

  /** The slow way, for a header that the chunk's border cuts. It fails at the same byte as the fast one. */
  #gatherHeader(chunk: Uint8Array, at: number): number {
    this.#header ??= new Uint8Array(MAX_HEADER_BYTES);
    const header = this.#header;
    header[this.#headerSize++] = chunk[at]!;
    const size = this.#headerSize;
    if (size < 2 || (size === 2 && !this.#acceptHeader(header[0]!, header[1]!))) return at + 1;
    if (size < headerLength(header[1]!)) return at + 1;
    this.#headerSize = 0;
    this.#beginFrame(header, 0, size, chunk.length - at - 1);
    return at + 1;
  }

  #acceptHeader(first: number, second: number): boolean {
    const failure = headerFailure(first, second, this.#maskKey === undefined, this.#rsv, !this.#message.fin);
    if (failure !== undefined) this.fail(failure);
    return failure === undefined;
  }

  /** @param rest how many bytes of the payload, or past it, are at hand */
  #beginFrame(header: Uint8Array, at: number, headerBytes: number, rest: number): void {
    const first = header[at]!;
    this.#opcode = opcodeOf(first);
    this.#length = payloadLength(header, at);
    this.#taken = 0;
    this.#key = maskingKey(header, at, headerBytes);
    const failure = this.#makeRoom(first, header[at + 1]!, rest >= this.#length);
    if (failure !== undefined) this.fail(failure);
    else if (this.#length === 0) this.#endFrame();
  }

  #makeRoom(first: number, second: number, atHand: boolean): ProtocolFailureCode | undefined {
    if (!isMinimalLength(second, this.#length)) return "LENGTH_NOT_MINIMAL";
    if (!isControl(this.#opcode)) {
      return this.#message.begin(this.#opcode, (first & FIN) !== 0, this.#length, atHand, (first & this.#rsv) !== 0);
    }
    this.#control = new Uint8Array(this.#length);
    return undefined;
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#length - this.#taken, chunk.length - at);
    const failure = this.#copyPayload(chunk, at, count);
    this.#taken += count;
    if (failure !== undefined) this.fail(failure);
    else if (this.#taken === this.#length) this.#endFrame();
    return at + count;
  }

  #copyPayload(chunk: Uint8Array, at: number, count: number): ProtocolFailureCode | undefined {
    if (isControl(this.#opcode)) {
      copyMasked(chunk, at, this.#control!, this.#taken, count, this.#key, this.#taken);
      return undefined;
    }
    this.#message.reserve(count);
    copyMasked(chunk, at, this.#message.bytes, this.#message.size, count, this.#key, this.#taken);
    return this.#message.advance(count);
  }

  #endFrame(): void {
    if (isControl(this.#opcode)) this.#receiveControl(this.#control!);
    else if (this.#message.fin) this.#receiveMessage();
  }

  #receiveMessage(): void {
    if (this.#message.encoded) this.#decode(this.#extension!);
    else this.#deliver(this.#message.finish());
  }

  /** No frame is read while a message is being decoded. */
  #decode(extension: Extension): void {
    let late = false;
    this.#decoding = true;
    extension.decode(this.#message.take(), this.#message.limit, (result) => {
      if (late) this.#sink.decoded?.();
      this.#decoding = false;
      if (typeof result === "string") this.fail(result);
      else if (late) this.#keepDecoded(this.#message.decoded(result));
      else this.#deliver(this.#message.decoded(result));
    });
    late = this.#decoding;
    if (late) this.#sink.decoding?.();
  }

  /** Delivers it at the next chance: now, unless a pause came meanwhile. */
  #keepDecoded(data: string | Uint8Array<ArrayBuffer> | undefined): void {
    if (data === undefined) this.fail("INVALID_UTF8");
    this.#decoded = data;
    this.#parseKept();
  }

  #deliverDecoded(): void {
    const data = this.#decoded!;
    this.#decoded = undefined;
    this.#deliver(data);
  }

  #deliver(data: string | Uint8Array<ArrayBuffer> | undefined): void {
    if (data === undefined) this.fail("INVALID_UTF8");
    else if (this.#state === "OPEN") this.#sink.message(data);
  }

  #receiveControl(payload: Uint8Array<ArrayBuffer>): void {
    if (this.#opcode === OPCODE.CLOSE) this.#receiveClose(payload);
    else if (this.#opcode === OPCODE.PONG) this.#sink.pong?.(payload);
    // §5.5.2 "an endpoint MUST send a Pong frame in response, unless it already received a Close frame"
    else if (this.#sink.onPing) this.#sink.onPing(payload);
    else this.pong(payload);
  }

  #receiveClose(payload: Uint8Array): void {
    const theirs = decodeClosePayload(payload);
    if (typeof theirs === "string") this.fail(theirs);
    else this.#answerClose(theirs);
  }

  #answerClose(theirs: { code: number; reason: string }): void {
    this.#move("CLOSE_RECEIVED");
    // §5.5.1 "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a
    // Close frame in response."
    if (this.#ourClose === undefined) this.#write(OPCODE.CLOSE, encodeClosePayload(theirs.code));
    this.#finish({ ...(this.#ourClose ?? theirs), wasClean: true });
  }
}

function messageFrame(data: string | Uint8Array, maskKey?: number): Span {
  return typeof data === "string" ? textFrameOf(data, maskKey) : frameOf(OPCODE.BINARY, data, maskKey);
}

function sharedFrame(broadcast: Broadcast, data: string | Uint8Array): Span {
  if (!broadcast.frame) {
    broadcast.frame = messageFrame(data);
    pin(broadcast.frame);
  }
  return broadcast.frame;
}
