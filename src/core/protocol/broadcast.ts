import { frameOf, textFrameOf } from "./frame.ts";
import * as OPCODE from "./opcode.ts";
import { pin, type Span } from "./slab.ts";
import { encodeText } from "./utf8.ts";

/** One message for many connections: what the first of them makes of it serves the others too. */
export class Broadcast {
  readonly data: string | Uint8Array;
  #frame: Span | undefined;
  #bytes: Uint8Array | undefined;
  #made: Map<object, object> | undefined;

  /** `data` may change when all connections have been given it. */
  constructor(data: string | Uint8Array) {
    this.data = data;
  }

  /** The message in one frame as a server sends it, not encoded. Nobody writes to it. */
  get frame(): Span {
    this.#frame ??= pin(messageFrame(this.data));
    return this.#frame;
  }

  /** Its payload. */
  get bytes(): Uint8Array {
    this.#bytes ??= typeof this.data === "string" ? encodeText(this.data) : this.data;
    return this.#bytes;
  }

  /** What was made of it for one connection serves all that make it `alike`: the same object. */
  once<Made extends object>(alike: object, make: () => Made): Made {
    this.#made ??= new Map();
    const known = this.#made.get(alike) as Made | undefined;
    if (known) return known;
    const made = make();
    this.#made.set(alike, made);
    return made;
  }
}

/** The broadcast of a message, made once for all that are given the same `shared`. */
export function broadcastOf(data: string | Uint8Array, shared: { made?: object | undefined }): Broadcast {
  shared.made ??= new Broadcast(data);
  return shared.made as Broadcast;
}

/** The opcode of a message (RFC 6455 §5.6). */
export function opcodeFor(data: string | Uint8Array): number {
  return typeof data === "string" ? OPCODE.TEXT : OPCODE.BINARY;
}

/** A message in one frame. */
export function messageFrame(data: string | Uint8Array, maskKey?: number): Span {
  return typeof data === "string" ? textFrameOf(data, maskKey) : frameOf(OPCODE.BINARY, data, maskKey);
}
