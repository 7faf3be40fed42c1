import { Hono } from "hono";
import { defineSocket, refuse, rooms } from "onesocket";
import { upgrade } from "onesocket/hono";

/** A definition that uses what an adapter has to carry: subprotocols, headers, binary, rooms, refusals, faults. */
export const chat = defineSocket({
  name: "chat",
  protocols: ["chat.v2", "chat.v1"],
  limits: { messageBytes: 1024, closeMs: 200 },
  upgrade(request: Request, { env, remoteAddress }: { env: { GREETING: string }; remoteAddress: string }) {
    const { searchParams } = new URL(request.url);
    const headers = new Headers({ "x-address": remoteAddress, "x-env": env.GREETING });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    if (searchParams.has("refuse")) return refuse(4403, "banned");
    const decision = { room: searchParams.get("room") ?? "lobby", headers };
    return searchParams.has("slow")
      ? new Promise<typeof decision>((resolve) => setTimeout(resolve, 50, decision))
      : decision;
  },
  async message(socket, data) {
    if (data === "throw") throw new Error("thrown by message");
    if (data === "terminate") return socket.terminate();
    if (data === "bye") return socket.close(4001, "as asked");
    if (typeof data === "string") return socket.room.send(data);
    socket.send(data.buffer.byteLength === data.length ? data : "not its own bytes");
  },
  async close(socket, { code, reason, wasClean }) {
    await rooms(chat)
      .get("log")
      .send(JSON.stringify({ room: socket.room.id, code, reason, wasClean }));
  },
});

/** The same behind routes, with a middleware that refuses after the route has decided. */
export function routes(...middleware: Parameters<Hono["use"]>[1][]): Hono {
  const app = new Hono();
  for (const one of middleware) app.use(one);
  app.use("/late", async (c, next) => {
    await next();
    c.res = new Response("too late", { status: 401 });
  });
  app.get("/late", (c) => upgrade(c, chat));
  app.get("/chat", (c) => {
    c.header("set-cookie", "c=3", { append: true });
    return upgrade(c, chat);
  });
  app.get("/plain", (c) => c.text("plain"));
  return app;
}
