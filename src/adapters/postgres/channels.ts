import { createHash } from "node:crypto";

/** The names of channels, of at most 63 bytes, which is PostgreSQL's limit of a name. */
export class Channels {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** All processes listen to it. */
  get everybody(): string {
    return `${this.#prefix}all`;
  }

  /** A room's, whose own name may be of any length and in any letters. */
  room(name: string): string {
    return `${this.#prefix}room:${digest(name).toString("base64url", 0, 16)}`;
  }

  /** Where one process is answered. */
  process(pid: number): string {
    return `${this.#prefix}process:${pid}`;
  }

  /** The two halves of the advisory lock that all processes share while they listen: who holds it can be asked. */
  get lock(): readonly [high: number, low: number] {
    const bytes = digest(this.everybody);
    return [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  }
}

function digest(text: string) {
  return createHash("sha256").update(text).digest();
}
