import type { Extension, SharedEncoding } from "../extension.ts";
import type { ProtocolFailureCode } from "../protocol-failures.ts";
import { SendQueue } from "../send-queue.ts";
import type { Sending } from "../unsent.ts";
import type { DeflateParams } from "./deflate-params.ts";
import type { CompressionSettings } from "./settings.ts";

/** RSV1 (RFC 7692 §6). */
const RSV1 = 0x40;

/** How to compress one direction of a connection. */
export interface DeflateOptions {
  /** 9 to 15. */
  readonly windowBits: number;
  /** 1 to 9. */
  readonly level: number;
  /** 1 to 9. */
  readonly memLevel: number;
  /** Whether a message may refer to earlier ones: else nothing is kept between two messages. */
  readonly takeover: boolean;
}

/** How to decompress one direction of a connection. */
export type InflateOptions = Pick<DeflateOptions, "windowBits" | "takeover">;

/**
 * A runtime's raw DEFLATE (RFC 1951). Nothing is allocated before it is first used. About `done`, and whose bytes are
 * whose, see {@link Extension}.
 */
export interface Zlib {
  /** Without takeover: the same object for the same options, which takes any number of messages at a time. */
  deflate(options: DeflateOptions): Deflate;
  inflate(options: InflateOptions): Inflate;
}

/** Compresses one direction. */
export interface Deflate {
  /** Compresses a message, ending with an empty stored block and so with 00 00 ff ff; undefined if it cannot. */
  deflate(message: Uint8Array, done: (bytes: Uint8Array | undefined) => void): void;
  /** The next message refers to none that was compressed before. Not called while one is being compressed. */
  forget(): void;
  close(): void;
}

/** Decompresses one direction. */
export interface Inflate {
  /** Decompresses a message and 00 00 ff ff behind it, up to `limit` bytes. A final block does not end the message. */
  inflate(payload: Uint8Array, limit: number, done: (result: Uint8Array | ProtocolFailureCode) => void): void;
  close(): void;
}

/** What compresses without takeover, for all that have the same. */
const sharedBy = new WeakMap<Deflate, SharedEncoding>();

function compress(deflate: Deflate, message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void {
  // §7.2.1 "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end."
  deflate.deflate(message, (bytes) => done(bytes?.subarray(0, -4)));
}

/**
 * Messages that are compressed with an empty context refer to themselves alone: any peer can read them whose window is as
 * large. A connection that has a context of its own begins anew after one, since its peer's window holds that message too.
 */
function sharedEncoding(alone: Deflate, own: Deflate): SharedEncoding {
  const known = own === alone ? sharedBy.get(alone) : undefined;
  if (known) return known;
  const made: SharedEncoding = {
    alike: alone,
    encode: (message, done) => compress(alone, message, done),
    used: () => own.forget(),
  };
  if (own === alone) sharedBy.set(alone, made);
  return made;
}

/** permessage-deflate on one connection, as agreed (RFC 7692 §7.2). */
export class PermessageDeflate implements Extension {
  readonly rsv: number = RSV1;
  readonly #threshold: number;
  readonly #deflate: Deflate;
  readonly #inflate: Inflate;
  /** A server's; what clients send is masked anew for each. */
  readonly shared: SharedEncoding | undefined;

  constructor(
    role: "server" | "client",
    params: DeflateParams,
    { threshold, level, memLevel }: CompressionSettings,
    zlib: Zlib,
  ) {
    const server = { windowBits: params.serverMaxWindowBits, takeover: !params.serverNoContextTakeover };
    const client = { windowBits: params.clientMaxWindowBits, takeover: !params.clientNoContextTakeover };
    const [own, theirs] = role === "server" ? [server, client] : [client, server];
    // A client that agreed to a window of 8 sends uncompressed: zlib would use 9.
    this.#threshold = own.windowBits < 9 ? Number.POSITIVE_INFINITY : threshold;
    const options = { ...own, level, memLevel };
    this.#deflate = zlib.deflate(options);
    this.#inflate = zlib.inflate(theirs);
    const alone = () => (own.takeover ? zlib.deflate({ ...options, takeover: false }) : this.#deflate);
    if (role === "server") this.shared = sharedEncoding(alone(), this.#deflate);
  }

  /** An empty message has nothing to compress, and zlib flushes nothing twice. */
  encodes(length: number): boolean {
    return length >= this.#threshold && length > 0;
  }

  encode(message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void {
    compress(this.#deflate, message, done);
  }

  decode(payload: Uint8Array, limit: number, done: (result: Uint8Array | ProtocolFailureCode) => void): void {
    // Some senders forget to remove them. What was removed from never ends like that: its last bits are zeros.
    const removed = endsFlushed(payload) ? payload.subarray(0, -4) : payload;
    // Of an empty message one byte should be left (§7.2.3.6). The tail alone would put zlib out of step.
    if (removed.length === 0) done(removed);
    else this.#inflate.inflate(removed, limit, done);
  }

  sending(...given: Parameters<Extension["sending"]>): Sending {
    return new SendQueue(this, ...given);
  }

  close(): void {
    this.#deflate.close();
    this.#inflate.close();
  }
}

function endsFlushed(payload: Uint8Array): boolean {
  const at = payload.length - 4;
  return at >= 0 && payload[at] === 0 && payload[at + 1] === 0 && payload[at + 2] === 0xff && payload[at + 3] === 0xff;
}
