import { Buffer } from "node:buffer";

/** The first byte of what is published to a room. */
const WHOLE = 0;
const PART = 1;

/** A part's head: its kind, three numbers, and the id of the process, a UUID. */
const ID_BYTES = 36;
const HEAD_BYTES = 13 + ID_BYTES;

/** Bytes of parts without an end that are kept for a room: a process may have died in the middle. */
const MOST_BYTES = 1 << 26;

/** Cuts what is longer than the server takes, `most` bytes at once. */
export function cut(from: string, publication: number, bytes: Uint8Array, most: number): readonly Uint8Array[] {
  if (bytes.length < most) return [Buffer.concat([Buffer.of(WHOLE), bytes])];
  const size = most - HEAD_BYTES;
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(PART);
    for (const [at, number] of [publication, index, count].entries()) head.writeUInt32BE(number, 1 + at * 4);
    head.write(from, 13, "latin1");
    return Buffer.concat([head, bytes.subarray(index * size, (index + 1) * size)]);
  });
}

interface Unfinished {
  readonly publication: number;
  readonly count: number;
  readonly parts: Uint8Array[];
  size: number;
}

/** Joins a room's parts. Those of one process come in order; one that is missing costs its whole, which is told as missed. */
export class Assembly {
  readonly #unfinished = new Map<string, Unfinished>();
  #size = 0;

  /** Adds what came. Returns the whole that is complete with it, if one is. Throws for what no process of this version has published. */
  add(data: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    if (data[0] === WHOLE) return data.subarray(1) as Uint8Array<ArrayBuffer>;
    if (data[0] !== PART || data.length <= HEAD_BYTES)
      throw new Error("what came begins with no kind of message of this version");
    const head = Buffer.from(data.buffer, data.byteOffset, HEAD_BYTES);
    const [publication, index, count] = [head.readUInt32BE(1), head.readUInt32BE(5), head.readUInt32BE(9)];
    const from = head.toString("latin1", 13);
    if (index >= count) throw new Error("what came as a part is none");
    if (index === 0) this.#begin(from, { publication, count, parts: [], size: 0 });
    return this.#add(from, publication, index, data.slice(HEAD_BYTES));
  }

  #begin(from: string, unfinished: Unfinished): void {
    this.#end(from);
    this.#unfinished.set(from, unfinished);
  }

  #add(from: string, publication: number, index: number, part: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const whole = this.#unfinished.get(from);
    if (!whole || whole.publication !== publication || whole.parts.length !== index) {
      this.#end(from);
      return undefined;
    }
    whole.parts.push(part);
    whole.size += part.length;
    this.#size += part.length;
    if (whole.parts.length < whole.count) {
      this.#bound(from);
      return undefined;
    }
    this.#end(from);
    return Buffer.concat(whole.parts);
  }

  /** Those that began first are given up first, but never the one that goes on now. */
  #bound(kept: string): void {
    for (const from of this.#unfinished.keys()) {
      if (this.#size <= MOST_BYTES) return;
      if (from !== kept) this.#end(from);
    }
  }

  #end(from: string): void {
    this.#size -= this.#unfinished.get(from)?.size ?? 0;
    this.#unfinished.delete(from);
  }
}
