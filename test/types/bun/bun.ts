import { Hono } from "hono";
import { defineSocket, type UpgradeContext } from "onesocket";
import { bun, sockets, websocket } from "onesocket/bun";
import { trustProxies } from "onesocket/proxies";
import type { BunServer, BunSocket, BunWebSocketHandler } from "../../../src/adapters/shared/runtime-types.ts";

const chat = defineSocket({
  name: "chat",
  upgrade: (_request: Request, _context: UpgradeContext<{ readonly KEY: string }>) => ({ state: { name: "Ada" } }),
  message: (socket, data) => void socket.send(`${socket.state.name}: ${data}`),
});
const app = new Hono().use(sockets({ proxies: trustProxies(["10.0.0.0/8"]) })).get("/", (c) => c.text("hello"));

// The minimal types fit the official ones.
declare const server: Bun.Server<unknown>;
declare const socket: Bun.ServerWebSocket<unknown>;
server satisfies BunServer;
socket satisfies BunSocket;
websocket satisfies BunWebSocketHandler satisfies Bun.WebSocketHandler<unknown>;

// A definition or an app is what `bun run` and `Bun.serve` take: as it is, spread, or bare.
export default bun(chat, { env: { KEY: "k" } });
const env = { KEY: "k" };
bun(chat, { env }) satisfies Bun.Serve.Options<unknown>;
({ port: 3000, ...bun(chat, { env }) }) satisfies Bun.Serve.Options<undefined>;
({ port: 3000, ...bun(app) }) satisfies Bun.Serve.Options<{ readonly user: string }>;
({
  port: 3000,
  routes: { "/": new Response("hello"), "/ws": bun(app).fetch },
  websocket,
}) satisfies Bun.Serve.Options<never>;
Bun.serve(bun(app));
Bun.serve({ port: 3000, ...bun(chat, { env }) });
Bun.serve({ fetch: app.fetch, websocket });

// @ts-expect-error: the definition needs an env
bun(chat);
// @ts-expect-error: the definition needs another env
bun(chat, { env: { KEY: 1 } });
// @ts-expect-error: neither a definition nor an app
bun({ name: "chat" });
