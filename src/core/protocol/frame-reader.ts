import {
  FIN,
  headerFailure,
  headerLength,
  isControl,
  isMinimalLength,
  MAX_HEADER_BYTES,
  maskingKey,
  opcodeOf,
  payloadLength,
} from "./frame.ts";
import { copyMasked } from "./mask.ts";
import { MessageAssembly, type MessageLimits, TRUSTED_LENGTH } from "./message.ts";
import type { ProtocolFailureCode } from "./protocol-failures.ts";

/** Reads frames however they are cut: a header that may come in pieces, then its payload, into the message that it is of. */
export class FrameReader {
  /** The message that the frames are of. */
  readonly message: MessageAssembly;
  /** What is wrong with what was read. */
  failure: ProtocolFailureCode | undefined;
  /** Whether a frame has just ended. */
  whole = false;
  /** Of the frame that began last. */
  opcode = 0;
  /** The payload of a control frame. */
  control: Uint8Array<ArrayBuffer> | undefined;
  readonly #masked: boolean;
  readonly #rsv: number;
  /** What has come of a header whose end has not. */
  #cutHeader: Uint8Array | undefined;
  #length = 0;
  #received = 0;
  #key = 0;

  /**
   * @param masked whether the peer must mask, which clients must and servers must not
   * @param rsv the RSV bits that an extension may set
   */
  constructor(masked: boolean, rsv: number, limits: MessageLimits) {
    this.#masked = masked;
    this.#rsv = rsv;
    this.message = new MessageAssembly(limits);
  }

  /** Whether a new message may begin. */
  get isBetweenMessages(): boolean {
    return !this.#cutHeader && this.#received === this.#length && this.message.fin;
  }

  /** Whether a frame has begun and not ended, or a message has that holds a lot of memory. */
  get receiving(): boolean {
    const begun = this.#cutHeader !== undefined || this.#received < this.#length;
    return begun || (!this.message.fin && this.message.size > TRUSTED_LENGTH);
  }

  /** Reads from `chunk[at]` on, up to the end of the frame at most; returns where it stopped. */
  read(chunk: Uint8Array, at: number): number {
    this.whole = false;
    return this.#received < this.#length ? this.#readPayload(chunk, at) : this.#readHeader(chunk, at);
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const cut = this.#cutHeader;
    const header = cut ? Uint8Array.of(...cut, ...chunk.subarray(at, at + MAX_HEADER_BYTES)) : chunk;
    const from = cut ? 0 : at;
    const available = header.length - from;
    // It fails at the same byte however it is cut: its second.
    if (available > 1 && !this.#accepts(header[from]!, header[from + 1]!)) return at;
    const length = available > 1 ? headerLength(header[from + 1]!) : 2;
    if (available < length) {
      this.#cutHeader = new Uint8Array(header.subarray(from));
      return chunk.length;
    }
    this.#cutHeader = undefined;
    const end = at + length - (cut?.length ?? 0);
    this.#beginFrame(header, from, length, chunk.length - end);
    return end;
  }

  #accepts(first: number, second: number): boolean {
    this.failure = headerFailure(first, second, this.#masked, this.#rsv, !this.message.fin);
    return this.failure === undefined;
  }

  /** @param available how many bytes of the payload, or past it, are at hand */
  #beginFrame(header: Uint8Array, at: number, headerBytes: number, available: number): void {
    const first = header[at]!;
    this.opcode = opcodeOf(first);
    this.#length = payloadLength(header, at);
    this.#received = 0;
    this.#key = maskingKey(header, at, headerBytes);
    this.failure = this.#makeRoom(first, header[at + 1]!, available >= this.#length);
    this.whole = this.#length === 0;
  }

  #makeRoom(first: number, second: number, atHand: boolean): ProtocolFailureCode | undefined {
    if (!isMinimalLength(second, this.#length)) return "LENGTH_NOT_MINIMAL";
    if (!isControl(this.opcode)) {
      return this.message.begin(this.opcode, (first & FIN) !== 0, this.#length, atHand, (first & this.#rsv) !== 0);
    }
    this.control = new Uint8Array(this.#length);
    return undefined;
  }

  #readPayload(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#length - this.#received, chunk.length - at);
    this.failure = this.#copyPayload(chunk, at, count);
    this.#received += count;
    this.whole = this.#received === this.#length;
    return at + count;
  }

  #copyPayload(chunk: Uint8Array, at: number, count: number): ProtocolFailureCode | undefined {
    if (isControl(this.opcode)) {
      copyMasked(chunk, at, this.control!, this.#received, count, this.#key, this.#received);
      return undefined;
    }
    this.message.reserve(count);
    copyMasked(chunk, at, this.message.bytes, this.message.size, count, this.#key, this.#received);
    return this.message.advance(count);
  }
}
