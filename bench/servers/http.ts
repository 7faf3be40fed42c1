/** The same on Node's `http`, by its `upgrade` event: what a socket takes there that nobody has made a WebSocket of. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { answer, SWITCHING } from "./answerer.ts";
import { ready } from "./ready.ts";

const server = createServer();
server.on("upgrade", ({ url = "/" }, stream) => {
  const socket = stream as Socket;
  socket.on("error", () => {});
  socket.setNoDelay(true);
  socket.write(SWITCHING);
  answer(socket, url);
});
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
