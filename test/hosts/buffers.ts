import type { Sendable } from "onesocket";

/** Bytes that a caller uses again: what is written to them later must not be seen in what was sent before. */
export interface Reused {
  readonly data: Sendable;
  /** Four times the same. */
  fill(byte: number): void;
}

declare const Buffer: { from(buffer: ArrayBuffer, offset: number, length: number): Uint8Array<ArrayBuffer> };

/** Four bytes in the middle of eight. */
const FROM = 2;
const LENGTH = 4;

function reused(data: Sendable, all: Uint8Array): Reused {
  return { data, fill: (byte) => void all.fill(byte) };
}

function viewed(view: (buffer: ArrayBuffer, from: number) => Sendable): () => Reused {
  return () => {
    const buffer = new ArrayBuffer(2 * LENGTH);
    return reused(view(buffer, FROM), new Uint8Array(buffer));
  };
}

const RESIZABLE = { maxByteLength: 2 * LENGTH };

/** Every kind of bytes that can be sent. */
export const BUFFERS: Readonly<Record<string, () => Reused>> = {
  // Its `slice` is a view, unlike that of every other array.
  Buffer: viewed((buffer, from) => Buffer.from(buffer, from, LENGTH)),
  Uint8Array: viewed((buffer, from) => new Uint8Array(buffer, from, LENGTH)),
  Uint16Array: viewed((buffer, from) => new Uint16Array(buffer, from, LENGTH / 2)),
  DataView: viewed((buffer, from) => new DataView(buffer, from, LENGTH)),
  ArrayBuffer() {
    const buffer = new ArrayBuffer(LENGTH);
    return reused(buffer, new Uint8Array(buffer));
  },
  "resizable ArrayBuffer"() {
    const buffer = new ArrayBuffer(LENGTH, RESIZABLE);
    return reused(buffer, new Uint8Array(buffer));
  },
  "Uint8Array of a resizable ArrayBuffer"() {
    const bytes = new Uint8Array(new ArrayBuffer(LENGTH, RESIZABLE));
    return reused(bytes, bytes);
  },
  SharedArrayBuffer() {
    const buffer = new SharedArrayBuffer(LENGTH);
    return reused(buffer, new Uint8Array(buffer));
  },
  "Uint8Array of a SharedArrayBuffer"() {
    const bytes = new Uint8Array(new SharedArrayBuffer(LENGTH));
    return reused(bytes, bytes);
  },
  "DataView of a growable SharedArrayBuffer"() {
    const buffer = new SharedArrayBuffer(LENGTH, RESIZABLE);
    return reused(new DataView(buffer), new Uint8Array(buffer));
  },
};

/** Sends 0 to 4, each four times, from the same bytes, and writes something else to them in the end. */
export function sendReused(kind: string, send: (data: Sendable) => void): void {
  const { data, fill } = BUFFERS[kind]!();
  for (let i = 0; i < 5; i++) {
    fill(i);
    send(data);
  }
  fill(255);
}
