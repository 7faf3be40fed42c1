import type { Message, Sendable } from "../core/contract/socket.ts";

/** What the web's WebSocket sends, and that of `ws`. */
export type Outgoing = Sendable | Blob | number;

/** Options of `send`, as `ws` has them: `binary` sends bytes as text, or text as bytes. What else is there changes nothing here. */
export interface SendingOptions {
  readonly binary?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly mask?: boolean | undefined;
  readonly fin?: boolean | undefined;
}

/** What our socket sends for it. A Blob has to be read first. */
export function outgoing(data: Outgoing, binary: boolean | undefined): Sendable | Promise<Sendable> {
  if (data instanceof Blob) return data.arrayBuffer().then((bytes) => outgoing(bytes, binary));
  const given = typeof data === "number" ? String(data) : data;
  if (typeof given === "string") return binary === true ? new TextEncoder().encode(given) : given;
  return binary === false ? new TextDecoder().decode(copyOf(given)) : given;
}

/** Bytes that share their memory cannot be decoded where they are. */
function copyOf(data: Exclude<Sendable, string>): Message & Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
    : new Uint8Array(data).slice();
}
