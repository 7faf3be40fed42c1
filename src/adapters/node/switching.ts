import type { Duplex } from "node:stream";
import { GUID } from "../../core/upgrade/accept-key.ts";
import { builtin } from "./builtin.ts";
import { writeFirst } from "./handle.ts";
import type { Agreed } from "./opening.ts";

const BEFORE =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";

/** Base64 of 20 bytes. */
const ACCEPT_BYTES = 28;

/** The head that most handshakes get, each with its own answer to the key in the place of the last one. A text for each would be 400 bytes of garbage. */
let plain: Buffer = Buffer.from(`${BEFORE}${" ".repeat(ACCEPT_BYTES)}\r\n\r\n`, "latin1");

/** The head of a 101 (RFC 6455 §4.2.2). */
export function switching({ key, protocol, extensions, headers }: Agreed): string {
  let text = `${BEFORE}${acceptFor(key)}\r\n`;
  if (protocol) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions) text += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  for (const [name, value] of headers ?? []) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/** Writes it as the first that a socket sends. */
export function writeSwitching(stream: Duplex, agreed: Agreed): void {
  if (agreed.protocol || agreed.extensions || agreed.headers) {
    writeFirst(stream, Buffer.from(switching(agreed), "latin1"));
    return;
  }
  plain.write(acceptFor(agreed.key), BEFORE.length, ACCEPT_BYTES, "latin1");
  // A stream that could not write it at once keeps these bytes.
  if (!writeFirst(stream, plain)) plain = Buffer.from(plain);
}

/** The Sec-WebSocket-Accept that answers a key (RFC 6455 §4.2.2). */
export function acceptFor(key: string): string {
  return builtin("crypto").hash("sha1", key + GUID, "base64");
}
