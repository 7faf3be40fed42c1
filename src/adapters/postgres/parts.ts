import { Buffer } from "node:buffer";

/** Characters of base64 in a part: with what stands before them less than 8,000, which is PostgreSQL's limit of a payload. */
const PART = 7900;

/**
 * Bytes as payloads: each has the number of the whole, its own place and how many there are, so that no two are equal: PostgreSQL
 * sends equal ones of a transaction once.
 */
export function cut(number: number, bytes: Uint8Array<ArrayBuffer>): readonly string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const count = Math.max(1, Math.ceil(text.length / PART));
  return Array.from({ length: count }, (_, i) => `${number}.${i}.${count}.${text.slice(i * PART, (i + 1) * PART)}`);
}

interface Whole {
  readonly channel: string;
  readonly number: string;
  readonly count: number;
  readonly texts: string[];
}

/** Joins what was cut, of each sender for itself. */
export class Parts {
  /** What has not all come yet. A transaction comes whole, so that nothing stays here but what others wrote. */
  readonly #open = new Map<number, Whole>();

  /** Adds a part. Returns the bytes when it was the last of them. Throws for what is no part, or not the next one. */
  add(sender: number, channel: string, payload: string): Buffer<ArrayBuffer> | undefined {
    const [, number = "", place, count, text = ""] = /^(\d+)\.(\d+)\.(\d+)\.([\w+/=-]*)$/.exec(payload) ?? [];
    if (place === "0") this.#open.set(sender, { channel, number, count: Number(count), texts: [] });
    const whole = this.#open.get(sender);
    const isNext = whole?.channel === channel && whole.number === number && whole.texts.length === Number(place);
    if (!whole || !isNext || whole.count !== Number(count))
      throw new Error("what came is no part of a message of this version, or not the next one");
    whole.texts.push(text);
    if (whole.texts.length < whole.count) return undefined;
    this.#open.delete(sender);
    return Buffer.from(whole.texts.join(""), "base64") as Buffer<ArrayBuffer>;
  }
}
