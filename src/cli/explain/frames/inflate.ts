import { constants, inflateRawSync } from "node:zlib";

/** What zlib looks back at. */
const WINDOW = 1 << 15;

/** A message is read as far as this, and so many of them: bytes, messages, bytes in all. */
const MOST = { message: 1 << 20, messages: 2000, total: 1 << 24 };

/** Decompresses the messages of one direction one after the other (RFC 7692 §7.2.2). */
export class Inflater {
  readonly #takeover: boolean;
  #dictionary: Buffer = Buffer.alloc(0);
  #messages = 0;
  #total = 0;
  #lost = false;

  /** @param takeover whether a message may refer to those before it */
  constructor(takeover: boolean) {
    this.#takeover = takeover;
  }

  /** A message was not seen whole: where later ones may refer to it, they can't be read. */
  lose(): void {
    this.#lost = this.#takeover;
  }

  /** The message; "lost" when what it refers to was not seen, or enough was read; "corrupt" when it is no DEFLATE. */
  inflate(payload: Uint8Array): Buffer | "lost" | "corrupt" {
    if (this.#lost || ++this.#messages > MOST.messages || this.#total > MOST.total) return "lost";
    try {
      const bytes = this.#inflated(Buffer.concat([payload, TAIL]));
      this.#total += bytes.length;
      if (this.#takeover) this.#dictionary = Buffer.concat([this.#dictionary, bytes]).subarray(-WINDOW);
      return bytes;
    } catch (error) {
      this.lose();
      return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "lost" : "corrupt";
    }
  }

  #inflated(payload: Buffer): Buffer {
    return inflateRawSync(payload, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MOST.message,
      ...(this.#dictionary.length > 0 && { dictionary: this.#dictionary }),
    });
  }
}

const TAIL = Buffer.of(0, 0, 0xff, 0xff);
