import type { AddressInfo } from "node:net";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { roomFrom } from "../payloads.ts";
import { ready, wanted } from "./ready.ts";

const perMessageDeflate = wanted.deflate && { serverNoContextTakeover: true, clientNoContextTakeover: true };
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });

/** Rooms as one writes them by hand. */
const rooms = new Map<string, Set<WebSocket>>();

function enter(name: string, socket: WebSocket): Set<WebSocket> {
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on("close", () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(name);
  });
  return room;
}

function sendAll(sockets: Set<WebSocket>, data: RawData, binary: boolean): void {
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(data, { binary });
}

server.on("connection", (socket, { url = "/" }) => {
  // A reset is an error to ws.
  socket.on("error", () => {});
  if (wanted.fanOut) {
    socket.on("message", (data, binary) => sendAll(server.clients, data, binary));
  } else if (wanted.rooms) {
    const room = enter(roomFrom(url), socket);
    socket.on("message", (data, binary) => sendAll(room, data, binary));
  } else if (wanted.strings) {
    socket.on("message", (data, binary) => socket.send(binary ? data : data.toString()));
  } else {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  }
});
server.on("listening", () => ready((server.address() as AddressInfo).port));
