import { type Broadcast, messageFrame } from "./broadcast.ts";
import { ABNORMAL, checkClose, decodeClosePayload, encodeClosePayload, isSendableCode, NO_STATUS } from "./close.ts";
import type { ConnectionClose, ConnectionInput, ConnectionOutput, ConnectionSink } from "./connection-sink.ts";
import type { ConnectionState } from "./connection-state.ts";
import type { Coding, Extension } from "./extension.ts";
import { frameOf, isControl, opcodeOf, payloadLength, wholeMessageAt } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { unmaskedBytes, unmaskedText, word } from "./mask.ts";
import { type MessageAssembly, type MessageLimits, messageLimit } from "./message.ts";
import * as OPCODE from "./opcode.ts";
import { closeCodeOf, type ProtocolFailureCode } from "./protocol-failures.ts";
import { NOTHING_UNSENT, type Unsent } from "./unsent.ts";

const NOTHING = /* @__PURE__ */ new Uint8Array(0);

const PAUSED = 1;
const PARSING = 2;
const ENDED = 4;

/** A client brings its masking keys: 32 random bits for each frame (RFC 6455 §5.3). */
export type ConnectionOptions = {
  readonly limits?: MessageLimits | undefined;
  readonly extension?: Extension | undefined;
} & (
  | { readonly role: "server"; readonly maskKey?: undefined }
  | { readonly role: "client"; readonly maskKey: () => number }
);

/**
 * One side of a connection after its opening handshake (RFC 6455 §5–§7): bytes in, calls of its sink out. It answers Ping
 * and Close by itself. However its input is split, the same calls come, and a peer's mistake is a `closed` with `failure`.
 * Every open socket has one, so none of its methods is private by `#`, which costs an instance 8 bytes.
 */
export class Connection {
  /** Is told of what comes from the peer. Another may be set before anything is received. */
  sink: ConnectionSink;
  readonly #output: ConnectionOutput;
  readonly #input: ConnectionInput;
  readonly #limits: MessageLimits;
  readonly #maskKey: (() => number) | undefined;
  readonly #coding: Coding | undefined;
  #state: ConnectionState = "OPEN";
  #ourClose: { code: number; reason: string } | undefined;
  #frames: FrameReader | undefined;

  /** Input that waits: until resume(), until the chunk before it is parsed, or until a message is decoded. */
  #kept: Uint8Array[] | undefined;
  /** Bits: PAUSED, PARSING, ENDED. */
  #is = 0;

  /** `input`: answers Pings at a pace of its own, and is told when a message is being decoded. */
  constructor(
    { limits = {}, maskKey, extension }: ConnectionOptions,
    sink: ConnectionSink,
    output: ConnectionOutput,
    input: ConnectionInput = {},
  ) {
    this.sink = sink;
    this.#output = output;
    this.#input = input;
    this.#limits = limits;
    this.#maskKey = maskKey;
    if (extension) {
      const queue = extension.sending(maskKey, output, () => this.fail("INTERNAL"));
      this.#coding = { extension, queue, decoding: false, decoded: undefined };
    }
  }

  /** OPEN, CLOSING once our Close was sent, CLOSED once all is over but the output, after which comes `closed`. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether a message is under way that has to come on: a frame of it has begun, or more than 64 KiB have come. */
  get receiving(): boolean {
    return this.#frames?.receiving ?? false;
  }

  /** Bytes of memory that a message under way takes. */
  get receivingBytes(): number {
    return this.#frames?.message.bytes.length ?? 0;
  }

  /** What was sent and not yet written, since a message before it is still being encoded. */
  get unsent(): Unsent {
    return this.#coding?.queue ?? NOTHING_UNSENT;
  }

  /** Takes what came from the peer. The chunk is the caller's again when this returns. */
  receive(chunk: Uint8Array): void {
    if (this.#state === "CLOSED") return;
    this.sink.receiveBytes?.();
    if (this.#is & PARSING || this.held) {
      this.#kept ??= [];
      this.#kept.push(new Uint8Array(chunk));
      return;
    }
    const at = this.parse(chunk);
    // What was received by a call of the sink comes after what is left of the chunk.
    if (at < chunk.length) this.#kept = [new Uint8Array(chunk.subarray(at)), ...(this.#kept ?? [])];
    if (this.#kept?.length) this.parseKept();
    if (this.receiving) this.sink.messageGrows?.(this.receivingBytes);
  }

  /** The stream ended, by FIN or reset: after what was received, and pause() or not, `closed` with 1006 unless it came. */
  receiveEnd(): void {
    this.#is |= ENDED;
    this.resume();
  }

  /** Stops parsing at the end of this frame: no message until resume(). Without effect once closing or ended. */
  pause(): void {
    if (this.#state === "OPEN" && !(this.#is & ENDED)) this.#is |= PAUSED;
    else this.#is &= ~PAUSED;
  }

  /** Goes on with what was received since pause(). */
  resume(): void {
    this.#is &= ~PAUSED;
    if (!(this.#is & PARSING)) this.parseKept();
  }

  /**
   * Sends a message in one frame; false once closing. The data is copied. `broadcast`: the same message, which a server frames
   * and encodes once for all the connections that are given it.
   */
  send(data: string | Uint8Array, broadcast?: Broadcast): boolean {
    if (this.#state !== "OPEN") return false;
    if (this.#coding) this.#coding.queue.send(data, broadcast);
    else if (broadcast && this.#maskKey === undefined) this.#output.write(broadcast.frame);
    else this.#output.write(messageFrame(data, this.#maskKey?.()));
    return true;
  }

  /** Sends a Ping; false once closing. Throws a RangeError for more than 125 bytes (RFC 6455 §5.5). */
  ping(payload: Uint8Array = NOTHING): boolean {
    if (payload.length > 125) throw new RangeError(`A Ping holds at most 125 bytes, not ${payload.length}.`);
    if (this.#state !== "OPEN") return false;
    this.write(OPCODE.PING, payload);
    return true;
  }

  /** Answers a Ping, where the input takes those. */
  pong(payload: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== "CLOSED") this.write(OPCODE.PONG, payload);
  }

  /**
   * Starts the closing handshake; harmless when it has begun. A reason alone goes with 1000; neither is reported as 1005.
   * Throws a TypeError for a code or a reason that a Close must not carry.
   */
  close(code?: number, reason = ""): void {
    const ours = { code: code ?? (reason === "" ? NO_STATUS : 1000), reason };
    if (code !== undefined || reason !== "") checkClose(ours.code, reason);
    if (this.#state !== "OPEN") return;
    this.#state = "CLOSING";
    this.#ourClose = ours;
    this.write(OPCODE.CLOSE, encodeClosePayload(ours.code, reason));
    this.resume();
  }

  /** Gives up: sends a Close with the failure's code and name, if none was sent, then `closed` (RFC 6455 §7.1.7). */
  fail(failure: ProtocolFailureCode): void {
    const code = closeCodeOf(failure);
    const payload = isSendableCode(code) ? encodeClosePayload(code, failure) : undefined;
    this.finish({ code, reason: failure, wasClean: false, failure }, payload);
  }

  private write(opcode: number, payload: Uint8Array): void {
    (this.#coding?.queue ?? this.#output).write(frameOf(opcode, payload, this.#maskKey?.()));
  }

  /** Ends the connection; only the first call counts. `payload`: of a Close, which is sent if none was before. */
  private finish({ code, reason, wasClean, failure }: ConnectionClose, payload?: Uint8Array): void {
    const before = this.#state;
    if (before === "CLOSED") return;
    this.#state = "CLOSED";
    if (payload && before === "OPEN") this.write(OPCODE.CLOSE, payload);
    this.#kept = undefined;
    this.#frames = undefined;
    this.unsent.afterAll(() => {
      this.#coding?.extension.close();
      this.#input.ended?.();
      this.sink.closed(code, reason, wasClean, failure);
      this.#output.end?.();
    });
  }

  /** Whether no message may be delivered now. */
  private get held(): boolean {
    return (this.#is & PAUSED) > 0 || (this.#coding?.decoding ?? false);
  }

  private parseKept(): void {
    while ((this.#kept?.length || this.#coding?.decoded !== undefined) && !this.held) {
      const chunk = this.#coding?.decoded === undefined ? this.#kept!.shift()! : NOTHING;
      const at = this.parse(chunk);
      if (at < chunk.length) this.#kept = [chunk.subarray(at), ...(this.#kept ?? [])];
    }
    if (this.#is & ENDED && !this.#coding?.decoding) this.finish({ code: ABNORMAL, reason: "", wasClean: false });
  }

  /** Parses until the chunk ends or a call of the sink pauses; returns where it stopped. After CLOSED all is ignored. */
  private parse(chunk: Uint8Array): number {
    this.#is |= PARSING;
    const decoded = this.#coding?.decoded;
    if (decoded !== undefined) {
      this.#coding!.decoded = undefined;
      this.deliver(decoded);
    }
    let at = 0;
    while (at < chunk.length && !this.held) {
      at = this.readMessage(chunk, at) || this.readFrame(chunk, at);
      if (this.#state === "CLOSED") at = chunk.length;
    }
    this.#is &= ~PARSING;
    return at;
  }

  /** Delivers a whole message, as most frames of clients are: 64 bytes take less than half of the time so (Node 24). Returns 0 for all else. */
  private readMessage(chunk: Uint8Array, at: number): number {
    const start = wholeMessageAt(chunk, at);
    if (start === 0 || this.#maskKey !== undefined || this.#frames?.isBetweenMessages === false) return 0;
    const length = payloadLength(chunk, at);
    if (length > messageLimit(this.#limits)) return 0;
    const key = word(chunk, start - 4);
    if (opcodeOf(chunk[at]!) === OPCODE.TEXT) this.deliver(unmaskedText(chunk, start, length, key));
    else this.deliver(unmaskedBytes(chunk, start, length, key));
    return start + length;
  }

  private readFrame(chunk: Uint8Array, at: number): number {
    this.#frames ??= new FrameReader(this.#maskKey === undefined, this.#coding?.extension.rsv ?? 0, this.#limits);
    const frames = this.#frames;
    const end = frames.read(chunk, at);
    if (frames.failure !== undefined) this.fail(frames.failure);
    else if (frames.whole) this.endFrame(frames);
    return end;
  }

  private endFrame({ opcode, control, message }: FrameReader): void {
    if (isControl(opcode)) this.receiveControl(opcode, control!);
    else if (message.fin && message.encoded) this.decode(this.#coding!, message);
    else if (message.fin) this.deliver(message.messageOf(message.takePayload()));
  }

  /** No frame is read while a message is being decoded. */
  private decode(coding: Coding, message: MessageAssembly): void {
    let late = false;
    coding.decoding = true;
    coding.extension.decode(message.takePayload(), message.limit, (result) => {
      if (late) this.#input.decoded?.();
      coding.decoding = false;
      const data = typeof result === "string" ? undefined : message.messageOf(result);
      if (typeof result === "string") this.fail(result);
      else if (!late || data === undefined) this.deliver(data);
      else {
        // Delivered at the next chance: now, unless a pause came meanwhile.
        coding.decoded = data;
        this.parseKept();
      }
    });
    late = coding.decoding;
    if (late) this.#input.decoding?.();
  }

  private deliver(data: string | Uint8Array<ArrayBuffer> | undefined): void {
    if (data === undefined) this.fail("INVALID_UTF8");
    else if (this.#state === "OPEN") this.sink.receiveMessage(data);
  }

  private receiveControl(opcode: number, payload: Uint8Array<ArrayBuffer>): void {
    if (opcode === OPCODE.CLOSE) this.receiveClose(payload);
    else if (opcode === OPCODE.PONG) this.sink.receivePong?.(payload);
    // §5.5.2 "an endpoint MUST send a Pong frame in response, unless it already received a Close frame"
    else if (this.#input.pinged) this.#input.pinged(payload);
    else this.pong(payload);
  }

  private receiveClose(payload: Uint8Array): void {
    const theirs = decodeClosePayload(payload);
    if (typeof theirs === "string") this.fail(theirs);
    // §5.5.1 "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a
    // Close frame in response."
    else this.finish({ ...(this.#ourClose ?? theirs), wasClean: true }, encodeClosePayload(theirs.code, theirs.reason));
  }
}
