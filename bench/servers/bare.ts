/** Our connection, reader and writer alone: no validation, session or room, no limit on what is buffered, no timer. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeTransport } from "../../src/adapters/node/transport.ts";
import { DEFAULT_LIMITS } from "../../src/core/contract/limits.ts";
import { acceptKey } from "../../src/core/upgrade/accept-key.ts";
import { ready } from "./ready.ts";

const server = createServer();
server.on("upgrade", ({ headers }, socket, head) => {
  socket.on("error", () => {});
  const accept = acceptKey(headers["sec-websocket-key"] ?? "");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const transport = new NodeTransport(socket, DEFAULT_LIMITS);
  transport.connection.sink = { receiveMessage: (data) => transport.send(data), closed() {} };
  transport.read(head.length > 0 ? [head] : []);
});
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
