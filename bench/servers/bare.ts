/** Our connection alone, without a validator, a session, a room or a limit on what is buffered. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { acceptKey } from "../../src/core/accept-key.ts";
import { Connection } from "../../src/core/connection.ts";
import { viewOf } from "../../src/core/slab.ts";
import { ready } from "./ready.ts";

const server = createServer();
server.on("upgrade", ({ headers }, socket) => {
  socket.on("error", () => {});
  const accept = acceptKey(headers["sec-websocket-key"] ?? "");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const connection: Connection = new Connection(
    { role: "server" },
    {
      write: (span) => void socket.write(viewOf(span)),
      message: (data) => void connection.send(data),
      closed: () => void socket.end(),
    },
  );
  socket.on("data", (chunk: Buffer) => {
    socket.cork();
    connection.receive(chunk);
    socket.uncork();
  });
});
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
