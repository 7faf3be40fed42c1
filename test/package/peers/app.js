import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade, upgradeWebSocket } from "onesocket/hono";
import { words } from "./words.js";

const chat = defineSocket({
  name: "chat",
  upgrade: (request) => (request.url.includes("?") ? new Response("Who are you?", { status: 401 }) : undefined),
  message: (socket, data) => socket.room.send(`${words} ${data}`),
});

export default new Hono()
  .get("/page", (c) => c.text("a page"))
  .get("/rooms/:room", (c) => upgrade(c, chat, { room: c.req.param("room") }))
  .get("/direct/:room", (c) => upgradeWebSocket(c, { onMessage: ({ data }, ws) => ws.send(`direct ${data}`) }))
  .get(
    "/closure",
    upgradeWebSocket(() => ({ onMessage: ({ data }, ws) => ws.send(`closure ${data}`) })),
  );
