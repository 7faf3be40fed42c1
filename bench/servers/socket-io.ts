import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { ready } from "./ready.ts";
import { said } from "./said.ts";

const http = createServer();
const server = new Server(http, { serveClient: false, transports: ["websocket"] });
server.on("connection", (socket) => {
  socket.on("say", (given: unknown, answer: (text: string) => void) => answer(said.parse(given).text));
});
http.listen(0, "127.0.0.1", () => ready((http.address() as AddressInfo).port));
