import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { ready, wanted } from "./ready.ts";

const perMessageDeflate = wanted.deflate && { serverNoContextTakeover: true, clientNoContextTakeover: true };
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });

server.on("connection", (socket) => {
  // A reset is an error to ws.
  socket.on("error", () => {});
  if (wanted.fanOut) {
    socket.on("message", (data, binary) => {
      for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(data, { binary });
    });
  } else if (wanted.strings) {
    socket.on("message", (data, binary) => socket.send(binary ? data : data.toString()));
  } else {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  }
});
server.on("listening", () => ready((server.address() as AddressInfo).port));
