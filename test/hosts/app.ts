import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";

export const chat = defineSocket({
  name: "chat",
  origins: "*",
  upgrade: (_, { from }: { from?: { room?: string | undefined; state?: { name: string } | undefined } | undefined }) =>
    from,
  open: (socket) => socket.room.send(`${socket.state.name} joined`),
  message: (socket, data) => socket.room.send(`${socket.state.name}: ${data}`),
});

const app = new Hono();
app.get("/", (c) => c.text("a chat"));
app.get("/chat/:room", (c) =>
  upgrade(c, chat, { room: c.req.param("room"), state: { name: c.req.query("name") ?? "somebody" } }),
);

export default app;
