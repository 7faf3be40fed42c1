import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** Bytes of a room's channel that its subject may spell out; of a longer one, and of none, it has the hash. */
const MOST_BYTES = 120;

const PREFIX = /^[\w-]+(\.[\w-]+)*$/;

/** Throws a TypeError for what can't stand before a subject. */
export function checkPrefix(prefix: unknown): void {
  if (typeof prefix === "string" && prefix.length <= 100 && PREFIX.test(prefix)) return;
  throw new TypeError("prefix must be 1 to 100 letters, digits, - and _, with single dots between them");
}

/**
 * Where processes meet. NATS takes whitespace for the end of a subject, `.`, `*` and `>` for more than a name, and says nothing of a
 * subject that it can't deliver: https://docs.nats.io/nats-concepts/subjects
 */
export class Subjects {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What is said in a room, whatever its name. */
  room(channel: string): string {
    const bytes = Buffer.from(channel);
    if (bytes.length > 0 && bytes.length <= MOST_BYTES) return `${this.#prefix}.room.${bytes.toString("base64url")}`;
    return `${this.#prefix}.hashed.${createHash("sha256").update(bytes).digest("base64url")}`;
  }

  /** What all processes hear. */
  get all(): string {
    return `${this.#prefix}.processes`;
  }

  /** What one process hears. */
  process(id: string): string {
    return `${this.#prefix}.process.${id}`;
  }
}
