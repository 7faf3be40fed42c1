import type { Message, Sendable } from "./socket.ts";

const encoder = new TextEncoder();

/** Checks what the caller wants to send. Throws a TypeError for anything but text and bytes. */
export function sendable(data: Sendable): Message {
  if (typeof data === "string") return data;
  if (data instanceof Uint8Array) return data as Uint8Array<ArrayBuffer>;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  throw new TypeError(`a message is a string, an ArrayBuffer or a view of one, not ${describe(data)}`);
}

function describe(data: unknown): string {
  return data === null ? "null" : typeof data;
}

/** Whether a message is over a limit of bytes; text is only encoded where its length leaves a doubt. */
export function exceeds(data: Message, limit: number): boolean {
  if (data.length > limit) return true;
  return typeof data === "string" && data.length * 3 > limit && encoder.encode(data).length > limit;
}
