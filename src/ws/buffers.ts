/** `Buffer` where there is one. */
const { Buffer } = globalThis as { Buffer?: BufferLike };

interface BufferLike {
  readonly prototype: object;
  from(text: string): Uint8Array<ArrayBuffer>;
  alloc(length: number): Uint8Array<ArrayBuffer>;
  isBuffer(bytes: Uint8Array): boolean;
}

const IS_BUN = "Bun" in globalThis;

/**
 * Up to so many bytes Node keeps an array in V8's own heap, where a Buffer made of it is a copy: Node 24 (2026-11) takes 30 ns for that, and
 * 70 for another prototype. Asking for its `buffer` would move it out, in 180. Bun and Deno have no such arrays.
 */
const IN_HEAP = IS_BUN || "Deno" in globalThis ? -1 : 64;

/** Bun makes Buffers itself, in no time, if it is asked to: `raw` is its socket, and undefined for one in memory. */
export function wantBuffers(raw: unknown): void {
  if (IS_BUN && raw) (raw as { binaryType: string }).binaryType = "nodebuffer";
}

/** As a Buffer that has its memory for itself, where there are Buffers. */
export function bufferOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  if (!Buffer || Buffer.isBuffer(bytes)) return bytes;
  if (bytes.length > IN_HEAP) return Object.setPrototypeOf(bytes, Buffer.prototype);
  const copy = Buffer.alloc(bytes.length);
  copy.set(bytes);
  return copy;
}

/** As `ws` gives text to `on`: bytes. */
export function bytesOf(text: string): Uint8Array {
  return Buffer?.from(text) ?? new TextEncoder().encode(text);
}
