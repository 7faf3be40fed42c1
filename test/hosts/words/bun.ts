import { Hono } from "hono";
import { upgradeWebSocket } from "hono/bun";
import { type BunHandler, bun, sockets, websocket } from "onesocket/bun";
import { app, bare, tellMistaken } from "./mistakes.ts";

type BunFetch = BunHandler["fetch"];

declare const Bun: {
  serve(options: { readonly port: number; readonly hostname: string; fetch: BunFetch; websocket?: object }): {
    readonly port: number;
  };
};

const hosted = bun(app);
const withMiddleware = new Hono().use(sockets()).route("/", app);

/** Of another helper, which gives its sockets to a `websocket` of its own. */
const another = new Hono()
  .get(
    "/another",
    upgradeWebSocket(() => ({ onMessage: (_, ws) => ws.send("never") })),
  )
  .get("/another/nothing", (c) => {
    (c.env as { server: { upgrade(request: Request): boolean } }).server.upgrade(c.req.raw);
    return new Response(null);
  })
  .get("/another/query", (c) => {
    const { server } = c.env as { server: { upgrade(request: Request, options: object): boolean } };
    server.upgrade(c.req.raw, { data: c.req.query() });
    return new Response(null);
  });
const anotherHosted = bun(another);

const at = { port: 0, hostname: "127.0.0.1" };
const server = Bun.serve({
  ...at,
  ...hosted,
  fetch(request, bunServer) {
    const { pathname, search } = new URL(request.url);
    if (pathname.startsWith("/bare/")) return bare.fetch(request);
    if (pathname.startsWith("/another")) return anotherHosted.fetch(request, bunServer);
    if (search === "?copied") return hosted.fetch(new Request(request), bunServer);
    if (search === "?serverless") return (hosted.fetch as (request: Request) => Promise<Response>)(request);
    if (search === "?middleware") return withMiddleware.fetch(request, bunServer);
    if (search === "?serverless-middleware") return withMiddleware.fetch(request);
    return hosted.fetch(request, bunServer);
  },
});
const deaf = Bun.serve({ ...at, fetch: (request, bunServer) => withMiddleware.fetch(request, bunServer) });
const anotherBare = Bun.serve({
  ...at,
  fetch: (request, bunServer) => another.fetch(request, { server: bunServer }),
  websocket,
});
tellMistaken(bun);
console.log(`another-bare http://127.0.0.1:${anotherBare.port}`);
console.log(`deaf http://127.0.0.1:${deaf.port}`);
console.log(`ready ${server.port}`);
