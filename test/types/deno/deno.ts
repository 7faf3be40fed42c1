import { Hono } from "hono";
import { defineSocket, type UpgradeContext } from "onesocket";
import { deno, sockets } from "onesocket/deno";
import { trustProxies } from "onesocket/proxies";
import type { DenoInfo, DenoNamespace, DenoSocket } from "../../../src/adapters/shared/runtime-types.ts";

const chat = defineSocket({
  name: "chat",
  upgrade: (_request: Request, _context: UpgradeContext<{ readonly KEY: string }>) => ({ state: { name: "Ada" } }),
  message: (socket, data) => void socket.send(`${socket.state.name}: ${data}`),
});
const app = new Hono().use(sockets({ proxies: trustProxies(["10.0.0.0/8"]) })).get("/", (c) => c.text("hello"));

// The minimal types fit the official ones.
declare const info: Deno.ServeHandlerInfo<Deno.NetAddr>;
declare const socket: WebSocket;
Deno satisfies DenoNamespace;
info satisfies DenoInfo;
socket satisfies DenoSocket;

// A definition or an app is what `deno serve` and `Deno.serve` take, and so is an app as it is.
export default deno(chat, { env: { KEY: "k" } }) satisfies Deno.ServeDefaultExport;
Deno.serve(deno(chat, { env: { KEY: "k" } }).fetch);
Deno.serve({ port: 3000 }, deno(app).fetch);
Deno.serve(app.fetch);

// @ts-expect-error: the definition needs an env
deno(chat);
// @ts-expect-error: neither a definition nor an app
deno({ name: "chat" });
