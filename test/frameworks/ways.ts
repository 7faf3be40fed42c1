import type { Server } from "node:http";
import { defineSocket } from "onesocket";
import { type Attached, attach } from "onesocket/node";
import { handler } from "onesocket/node/handler";

/** Echoes, for clients that know a name. */
export const chat = () =>
  defineSocket({
    name: `chat-${Math.random()}`,
    upgrade(request) {
      if (new URL(request.url).searchParams.has("stranger")) throw new Response("who are you?", { status: 401 });
    },
    message: (socket, data) => void socket.send(`echo: ${data}`),
  });

/** The ways to give an owner's server our sockets. */
export const ways: Readonly<Record<string, (server: Server) => Attached>> = {
  attach: (server) => attach(server, chat(), { path: "/chat", observe: () => {} }),
  handler(server) {
    const sockets = handler(chat(), { path: "/chat", observe: () => {} });
    server.on("upgrade", sockets.upgrade);
    return sockets;
  },
};
