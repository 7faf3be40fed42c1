import { defineSocket, type SocketDefinition } from "onesocket";
import { deflate } from "onesocket/deflate";
import { fromConnection } from "onesocket/ws";
import { roomFrom } from "../payloads.ts";
import { wanted } from "./ready.ts";

function wantedDefinition(): SocketDefinition {
  const name = "bench";
  if (wanted.view) return fromConnection({ name }, (ws) => ws.addEventListener("message", ({ data }) => ws.send(data)));
  if (wanted.fanOut)
    return defineSocket({
      name,
      compression: wanted.deflate && deflate(),
      message: (socket, data) => socket.room.send(data),
    });
  if (!wanted.rooms) {
    return defineSocket({
      name,
      compression: wanted.deflate && deflate(),
      message: (socket, data) => void socket.send(data),
    });
  }
  const upgrade = ({ url }: Request) => ({ room: roomFrom(url) });
  return defineSocket({ name, upgrade, message: (socket, data) => socket.room.send(data) });
}

/** One definition for every runtime. */
export const definition: SocketDefinition = wantedDefinition();
