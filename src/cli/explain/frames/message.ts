import * as OPCODE from "../../../core/protocol/opcode.ts";
import type { ProtocolFailureCode } from "../../../core/protocol/protocol-failures.ts";
import { UTF8_ACCEPT, UTF8_REJECT, validateUtf8 } from "../../../core/protocol/utf8.ts";
import type { Inflater } from "./inflate.ts";

/** Of a message so much is kept to be shown, and of a compressed one to be read: bytes. */
const SHOWN = 512;
const READ = 1 << 20;

/** One message under way: what its frames bring, as far as it matters. */
export class SeenMessage {
  readonly compressed: boolean;
  /** Whether every payload byte has to be looked at. */
  readonly isRead: boolean;
  /** What its text is not. */
  failure: ProtocolFailureCode | undefined;
  readonly #isText: boolean;
  readonly #inflater: Inflater | undefined;
  readonly #pieces: Uint8Array[] = [];
  #kept = 0;
  #whole = true;
  #utf8: number = UTF8_ACCEPT;

  constructor(opcode: number, compressed: boolean, inflater: Inflater | undefined) {
    this.compressed = compressed;
    this.#isText = opcode === OPCODE.TEXT;
    this.#inflater = inflater;
    this.isRead = this.#isText || compressed;
  }

  /** Takes payload, unmasked: it is the message's. */
  take(bytes: Uint8Array): void {
    const most = this.compressed ? READ : SHOWN;
    if (this.#kept < most) this.#pieces.push(bytes.slice(0, most - this.#kept));
    else if (this.compressed) this.#whole = false;
    this.#kept = Math.min(most, this.#kept + bytes.length);
    if (this.#isText && !this.compressed && this.#whole) this.#validate(bytes);
  }

  /** Some of it was not seen. */
  lose(): void {
    this.#whole = false;
  }

  /** How its text begins, now that it has ended or the stream has; undefined when it is none, or cannot be read. */
  end(finished: boolean): string | undefined {
    if (this.compressed) return this.#inflated(finished);
    if (!this.#isText) return undefined;
    if (finished && this.#whole && this.#utf8 !== UTF8_ACCEPT) this.failure = "INVALID_UTF8";
    return Buffer.concat(this.#pieces).toString("utf8");
  }

  #validate(bytes: Uint8Array): void {
    this.#utf8 = validateUtf8(this.#utf8, bytes, 0, bytes.length);
    if (this.#utf8 === UTF8_REJECT) this.failure = "INVALID_UTF8";
  }

  #inflated(finished: boolean): string | undefined {
    if (!finished || !this.#whole) this.#inflater?.lose();
    const bytes = finished && this.#whole ? this.#inflater?.inflate(Buffer.concat(this.#pieces)) : undefined;
    if (bytes === "corrupt") this.failure = "DEFLATE_CORRUPT";
    if (!this.#isText || bytes === undefined || typeof bytes === "string") return undefined;
    if (validateUtf8(UTF8_ACCEPT, bytes, 0, bytes.length) !== UTF8_ACCEPT) this.failure = "INVALID_UTF8";
    return bytes.toString("utf8", 0, SHOWN);
  }
}
