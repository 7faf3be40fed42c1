import type { Server } from "node:http";
import { defineSocket } from "onesocket";
import { type Attached, attach } from "onesocket/node";
import { handler } from "onesocket/node/handler";

/** Echoes, for clients that know a name. */
export const chat = (name = `chat-${Math.random()}`) =>
  defineSocket({
    name,
    upgrade(request) {
      if (new URL(request.url).searchParams.has("stranger")) throw new Response("who are you?", { status: 401 });
    },
    message: (socket, data) => void socket.send(`echo: ${data}`),
  });

/** The ways to give an owner's server our sockets. */
export const ways: Readonly<Record<string, (server: Server, name?: string) => Attached>> = {
  attach: (server, name) => attach(server, chat(name), { path: "/chat", observe: () => {} }),
  handler(server, name) {
    const sockets = handler(chat(name), { path: "/chat", observe: () => {} });
    server.on("upgrade", sockets.upgrade);
    return sockets;
  },
};
