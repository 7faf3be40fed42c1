import type { Socket } from "node:net";
import { frameOf, payloadFrom, payloadOf } from "../payloads.ts";

/** Precomputed answers go out so many at a time at most. */
const AT_ONCE = 64;

export const SWITCHING: string = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  // The load always sends the key of RFC 6455 §1.3.
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  "\r\n",
].join("\r\n");

/** Answers what comes by a socket without looking at it: the path says what is due for each message. */
export function answer(socket: Socket, path: string): void {
  // Made when the first bytes come: idle connections need none.
  let take: ((chunk: Buffer) => void) | undefined;
  socket.on("data", (chunk: Buffer) => {
    take ??= answerer(socket, path);
    take(chunk);
  });
}

function answerer(socket: Socket, path: string): (chunk: Buffer) => void {
  const described = payloadFrom(path);
  const payload = payloadOf(described);
  const asked = frameOf(described.kind, payload, 0).length;
  const reply = frameOf(described.kind, payload, undefined);
  const replies = Buffer.concat(Array.from({ length: described.size > 65_536 ? 8 : AT_ONCE }, () => reply));
  let pending = 0;
  return (chunk) => {
    pending += chunk.length;
    for (let due = Math.floor(pending / asked); due > 0; ) {
      const now = Math.min(due, replies.length / reply.length);
      socket.write(replies.subarray(0, now * reply.length));
      due -= now;
      pending -= now * asked;
    }
  };
}
