import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";

/** What can be told to leave, on any runtime. */
interface Leaving {
  drain(options?: object): Promise<object>;
}

declare const Bun: { serve(options: object): { readonly port: number } };
declare const Deno: { serve(options: object, handler: unknown): unknown };

/** Tells what its sockets' and its room's hooks were called for. */
const chat = defineSocket({
  name: "chat",
  upgrade: (request) => ({ state: { name: new URL(request.url).searchParams.get("name") } }),
  open: (socket) => void socket.send("open"),
  async message(socket, data) {
    if (data === "drain") leave().catch((error: Error) => socket.send(`rejected: ${error.name}`));
    else console.log(`${socket.state.name} said ${data}`);
  },
  close: (socket, { code }) => console.log(`${socket.state.name} left with ${code}`),
  room: {
    async empty() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log("empty");
    },
  },
});

async function leave(): Promise<void> {
  // A time that is none changes nothing.
  await leaving.drain({ overMs: -1 }).catch((error: Error) => console.log(`rejected: ${error.name}`));
  const progress = (left: ReadonlySet<unknown>) => console.log(`left: ${left.size}`);
  console.log(`drained ${JSON.stringify(await leaving.drain({ overMs: 60, reason: "deploy", progress }))}`);
}

const app = new Hono();
const [mode] = process.argv.slice(2);
let leaving: Leaving;

if ("Bun" in globalThis) {
  const { bun, sockets, websocket } = await import("onesocket/bun");
  const own = mode === "bare" ? sockets() : undefined;
  if (own) app.use(own);
  routes();
  const handler = own ? { fetch: app.fetch, websocket } : bun(mode === "app" ? app : chat);
  leaving = own ?? (handler as Leaving);
  console.log(`ready ${Bun.serve({ port: 0, hostname: "127.0.0.1", ...handler }).port}`);
} else if ("Deno" in globalThis) {
  const { deno, sockets } = await import("onesocket/deno");
  const own = mode === "bare" ? sockets() : undefined;
  if (own) app.use(own);
  routes();
  const handler = own ? app : deno(mode === "app" ? app : chat);
  leaving = own ?? (handler as Leaving);
  const onListen = ({ port }: { port: number }) => console.log(`ready ${port}`);
  Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, handler.fetch);
} else {
  const { serve } = await import("onesocket/node");
  routes();
  const server = await serve(mode === "app" ? app : chat, { port: 0, hostname: "127.0.0.1" });
  leaving = server as Leaving;
  console.log(`ready ${server.port}`);
}

function routes(): void {
  app.get("/", async (c): Promise<Response> => (c.req.header("upgrade") ? upgrade(c, chat) : c.text("up")));
}
