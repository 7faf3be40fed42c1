import { Hono } from "hono";
import { type BunHandler, bun, sockets } from "onesocket/bun";
import { app, bare, tellMistaken } from "./mistakes.ts";

type BunFetch = BunHandler["fetch"];

declare const Bun: {
  serve(options: { readonly port: number; readonly hostname: string; fetch: BunFetch; websocket?: object }): {
    readonly port: number;
  };
};

const hosted = bun(app);
const withMiddleware = new Hono().use(sockets()).route("/", app);

const at = { port: 0, hostname: "127.0.0.1" };
const server = Bun.serve({
  ...at,
  ...hosted,
  fetch(request, bunServer) {
    const { pathname, search } = new URL(request.url);
    if (pathname.startsWith("/bare/")) return bare.fetch(request);
    if (search === "?copied") return hosted.fetch(new Request(request), bunServer);
    if (search === "?serverless") return (hosted.fetch as (request: Request) => Promise<Response>)(request);
    if (search === "?middleware") return withMiddleware.fetch(request, bunServer);
    if (search === "?serverless-middleware") return withMiddleware.fetch(request);
    return hosted.fetch(request, bunServer);
  },
});
const deaf = Bun.serve({ ...at, fetch: (request, bunServer) => withMiddleware.fetch(request, bunServer) });
tellMistaken(bun);
console.log(`deaf http://127.0.0.1:${deaf.port}`);
console.log(`ready ${server.port}`);
