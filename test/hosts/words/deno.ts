import { Hono } from "hono";
import { upgradeWebSocket } from "hono/deno";
import { type DenoHandler, deno, sockets } from "onesocket/deno";
import { app, bare, tellMistaken } from "./mistakes.ts";

declare const Deno: {
  serve(
    options: object,
    handler: (...given: Parameters<DenoHandler["fetch"]>) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number } };
};

const hosted = deno(app);
/** Of another helper, by which Deno opens a socket with handlers of its own. */
const another = new Hono().get(
  "/another",
  upgradeWebSocket(() => ({ onMessage: (_, ws) => ws.send("theirs") })),
);
const anotherHosted = deno(another);
const anotherBare = new Hono().use(sockets()).route("/", another);

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request, info) => {
  const { pathname, search } = new URL(request.url);
  if (pathname.startsWith("/bare/")) return bare.fetch(request);
  if (pathname === "/another") return search ? anotherBare.fetch(request, info) : anotherHosted.fetch(request, info);
  if (search === "?infoless") return (hosted.fetch as (request: Request) => Promise<Response>)(request);
  return hosted.fetch(request, info);
});
tellMistaken(deno);
console.log(`ready ${server.addr.port}`);
