import { decodeClosePayload } from "../../../core/protocol/close.ts";
import {
  FIN,
  headerFailure,
  headerLength,
  isControl,
  isMinimalLength,
  MASK,
  MAX_HEADER_BYTES,
  maskingKey,
  opcodeOf,
  payloadLength,
} from "../../../core/protocol/frame.ts";
import { copyMasked } from "../../../core/protocol/mask.ts";
import * as OPCODE from "../../../core/protocol/opcode.ts";
import type { ProtocolFailureCode } from "../../../core/protocol/protocol-failures.ts";
import type { Inflater } from "./inflate.ts";
import { SeenMessage } from "./message.ts";
import type { SeenFrame } from "./seen-frame.ts";

const RSV1 = 0x40;

/** How the frames of one direction are read. */
export interface ScanOptions {
  /** Whether its sender must mask; undefined where it is not known who that is. */
  readonly masked: boolean | undefined;
  /** Decompresses its messages; undefined where that was not agreed to. */
  readonly inflater?: Inflater | undefined;
  /** Takes RSV1 for compression though it is not known what was agreed to. Default false. */
  readonly lenient?: boolean;
}

/** The frame under way. */
interface OpenFrame {
  readonly first: number;
  readonly masked: boolean;
  readonly length: number;
  readonly key: number;
  /** Of a control frame. */
  readonly payload: Uint8Array;
  came: number;
  passed: number;
}

/** Reads the frames of one direction, however they are cut, and whether all of them were seen or not. */
export class FrameScanner {
  /** Once a frame broke the protocol nothing behind it is read. */
  failed = false;
  readonly #options: ScanOptions;
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerSize = 0;
  #frame: OpenFrame | undefined;
  #message: SeenMessage | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /** Whether it is in the middle of a frame. */
  get isInside(): boolean {
    return this.#headerSize > 0 || this.#frame !== undefined;
  }

  /** Takes bytes in their order; calls `found` with each frame that they end, or that is wrong. */
  take(bytes: Uint8Array, found: (frame: SeenFrame, at: number) => void): void {
    for (let at = 0; at < bytes.length && !this.failed; ) {
      if (this.#frame) at = this.#takePayload(this.#frame, bytes, at);
      else if (!this.#takeHeader(bytes[at++]!)) continue;
      const frame = this.#frame as OpenFrame | undefined;
      if (frame && frame.passed === frame.length) found(this.#end(frame), at);
      else if (this.failed) found(this.#broken(), at);
    }
  }

  /**
   * So many bytes were not seen. False when it is not known any more where a frame begins; else calls `found` with the
   * frame that they end.
   */
  lose(count: number, found: (frame: SeenFrame) => void): boolean {
    const frame = this.#frame;
    if (this.failed || !frame || count > frame.length - frame.passed) return false;
    frame.passed += count;
    this.#message?.lose();
    if (frame.passed === frame.length) found(this.#end(frame));
    return true;
  }

  /** The frame that was not all there when the stream ended, if it has begun. */
  unfinished(): SeenFrame | undefined {
    const frame = this.#frame;
    return (
      frame &&
      seen(frame, isControl(opcodeOf(frame.first)) ? undefined : this.#message?.end(false), undefined, this.#message)
    );
  }

  /** Takes one byte; true when the header is whole, or wrong. */
  #takeHeader(byte: number): boolean {
    this.#header[this.#headerSize++] = byte;
    const [first = 0, second = 0] = this.#header;
    if (this.#headerSize < 2) return false;
    if (this.#headerSize === 2 && this.#failure(first, second)) {
      this.failed = true;
      return true;
    }
    if (this.#headerSize < headerLength(second)) return false;
    this.#begin(first, second);
    return true;
  }

  #failure(first: number, second: number): ProtocolFailureCode | undefined {
    const masked = this.#options.masked ?? (second & MASK) !== 0;
    const rsv = this.#options.inflater || this.#options.lenient ? RSV1 : 0;
    return headerFailure(first, second, masked, rsv, this.#message !== undefined);
  }

  #begin(first: number, second: number): void {
    const length = payloadLength(this.#header, 0);
    const opcode = opcodeOf(first);
    if (!isMinimalLength(second, length)) this.failed = true;
    else {
      const key = maskingKey(this.#header, 0, this.#headerSize);
      const payload = new Uint8Array(isControl(opcode) ? length : 0);
      this.#frame = { first, masked: (second & MASK) !== 0, length, key, payload, came: 0, passed: 0 };
      this.#headerSize = 0;
      if (!isControl(opcode) && opcode !== OPCODE.CONTINUATION) {
        this.#message = new SeenMessage(opcode, (first & RSV1) !== 0, this.#options.inflater);
      }
    }
  }

  #takePayload(frame: OpenFrame, bytes: Uint8Array, at: number): number {
    const count = Math.min(frame.length - frame.passed, bytes.length - at);
    const control = isControl(opcodeOf(frame.first));
    if (control) copyMasked(bytes, at, frame.payload, frame.passed, count, frame.key, frame.passed);
    else if (this.#message?.isRead) {
      const piece = new Uint8Array(count);
      copyMasked(bytes, at, piece, 0, count, frame.key, frame.passed);
      this.#message.take(piece);
    }
    frame.passed += count;
    frame.came += count;
    return at + count;
  }

  #end(frame: OpenFrame): SeenFrame {
    this.#frame = undefined;
    const opcode = opcodeOf(frame.first);
    if (isControl(opcode)) {
      const close =
        opcode === OPCODE.CLOSE && frame.came === frame.length ? decodeClosePayload(frame.payload) : undefined;
      return seen(frame, undefined, typeof close === "string" ? close : undefined, undefined);
    }
    const message = this.#message;
    const fin = (frame.first & FIN) !== 0;
    const text = fin ? message?.end(true) : undefined;
    if (fin) this.#message = undefined;
    return seen(frame, text, message?.failure, message);
  }

  /** A header that may not be. */
  #broken(): SeenFrame {
    const [first = 0, second = 0] = this.#header;
    const whole = this.#headerSize >= headerLength(second);
    const length = whole || (second & 0x7f) < 126 ? payloadLength(this.#header, 0) : 0;
    const frame = {
      first,
      masked: (second & MASK) !== 0,
      length,
      key: 0,
      payload: new Uint8Array(0),
      came: 0,
      passed: 0,
    };
    return seen(frame, undefined, this.#failure(first, second) ?? "LENGTH_NOT_MINIMAL", undefined);
  }
}

function seen(
  { first, masked, length, came, payload }: OpenFrame,
  text: string | undefined,
  failure: ProtocolFailureCode | undefined,
  message: SeenMessage | undefined,
): SeenFrame {
  const compressed = message?.compressed ?? (first & RSV1) !== 0;
  return {
    opcode: opcodeOf(first),
    fin: (first & FIN) !== 0,
    compressed,
    masked,
    length,
    came,
    payload,
    text,
    failure,
  };
}
