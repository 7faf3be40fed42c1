import { FIN, frameOf, OPCODE, textFrameOf } from "./frame.ts";
import { countShared } from "./shared-bytes.ts";
import { pin, type Span } from "./slab.ts";
import { encodeText } from "./utf8.ts";

/** Encodes a message; `done` gets undefined if it cannot. It may come later: what is given is the caller's again at once. */
type Encode = (message: Uint8Array, done: (payload: Uint8Array | undefined) => void) => void;

/** One message for many connections: what the first of them makes of it serves the others too. */
export class Broadcast {
  readonly #data: string | Uint8Array;
  #frame: Span | undefined;
  #bytes: Uint8Array | undefined;
  #encoded: Map<object, EncodedOnce> | undefined;

  /** `data` may change when all connections have been given it. */
  constructor(data: string | Uint8Array) {
    this.#data = data;
  }

  /** The message in one frame as a server sends it, not encoded. Nobody writes to it. */
  get frame(): Span {
    this.#frame ??= pin(messageFrame(this.#data));
    return this.#frame;
  }

  /** Its payload. */
  get bytes(): Uint8Array {
    this.#bytes ??= typeof this.#data === "string" ? encodeText(this.#data) : this.#data;
    return this.#bytes;
  }

  /** The message in one frame, encoded: once for all that encode `alike`. Nobody writes to it. */
  encoded(alike: object, rsv: number, encode: Encode): EncodedOnce {
    this.#encoded ??= new Map();
    const known = this.#encoded.get(alike);
    if (known) return known;
    const made = new EncodedOnce(opcodeFor(this.#data), rsv, this.bytes, encode);
    this.#encoded.set(alike, made);
    return made;
  }
}

/** The broadcast of a message, made once for all that are given the same `shared`. */
export function broadcastOf(data: string | Uint8Array, shared: { made?: object | undefined }): Broadcast {
  shared.made ??= new Broadcast(data);
  return shared.made as Broadcast;
}

/** A frame that is there, or will be. */
export class EncodedOnce {
  #frame: Span | undefined;
  #waiting: ((frame: Span | undefined) => void)[] | undefined = [];

  constructor(opcode: number, rsv: number, message: Uint8Array, encode: Encode) {
    let counted = 0;
    encode(message, (payload) => {
      countShared(-counted);
      this.#frame = payload && pin(frameOf(opcode, payload, undefined, FIN | rsv));
      const waiting = this.#waiting;
      this.#waiting = undefined;
      for (const done of waiting ?? []) done(this.#frame);
    });
    if (this.#waiting === undefined) return;
    // The encoder has a copy of it until then.
    counted = message.length;
    countShared(counted);
  }

  /** Calls back with the frame, now or later; with undefined if the message could not be encoded. */
  whenReady(done: (frame: Span | undefined) => void): void {
    if (this.#waiting) this.#waiting.push(done);
    else done(this.#frame);
  }
}

/** The opcode of a message (RFC 6455 §5.6). */
export function opcodeFor(data: string | Uint8Array): number {
  return typeof data === "string" ? OPCODE.TEXT : OPCODE.BINARY;
}

/** A message in one frame. */
export function messageFrame(data: string | Uint8Array, maskKey?: number): Span {
  return typeof data === "string" ? textFrameOf(data, maskKey) : frameOf(OPCODE.BINARY, data, maskKey);
}
