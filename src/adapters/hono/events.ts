import type { Message } from "../../core/contract/socket.ts";

/** Binary data is an ArrayBuffer, as with most of Hono's helpers, or a Blob if `ws.binaryType` asks for one. */
export function messageEvent(data: Message, binaryType: BinaryType): MessageEvent<string | ArrayBuffer | Blob> {
  const binary = (bytes: Uint8Array<ArrayBuffer>) => (binaryType === "blob" ? new Blob([bytes]) : bytes.buffer);
  return new MessageEvent("message", { data: typeof data === "string" ? data : binary(data) });
}
