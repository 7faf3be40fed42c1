import { defineSocket, type SocketDefinition } from "onesocket";
import { wanted } from "./ready.ts";

const compression = wanted.deflate;

/** One definition for every runtime. */
export const definition: SocketDefinition = wanted.fanOut
  ? defineSocket({ name: "bench", message: (socket, data) => socket.room.send(data) })
  : defineSocket({ name: "bench", compression, message: (socket, data) => void socket.send(data) });
