/** What Node's sockets can do at most: no HTTP, no frames. It knows from the path what to answer each chunk with. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { frameOf, payloadFrom, payloadOf } from "../payloads.ts";
import { ready } from "./ready.ts";

/** Precomputed answers go out so many at a time at most. */
const AT_ONCE = 64;

const SWITCHING = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  // The load always sends the key of RFC 6455 §1.3.
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
].join("\r\n");

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

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", (head: Buffer) => {
    const [, path = "/"] = head.toString("latin1").split(" ", 2);
    socket.write(`${SWITCHING}\r\n\r\n`);
    // Made when the first bytes come: idle connections need none.
    let answer: ((chunk: Buffer) => void) | undefined;
    socket.on("data", (chunk: Buffer) => {
      answer ??= answerer(socket, path);
      answer(chunk);
    });
  });
});
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
