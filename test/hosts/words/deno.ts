import { type DenoHandler, deno } from "onesocket/deno";
import { app, bare, tellMistaken } from "./mistakes.ts";

declare const Deno: {
  serve(
    options: object,
    handler: (...given: Parameters<DenoHandler["fetch"]>) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number } };
};

const hosted = deno(app);
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request, info) => {
  const { pathname, search } = new URL(request.url);
  if (pathname.startsWith("/bare/")) return bare.fetch(request);
  if (search === "?infoless") return (hosted.fetch as (request: Request) => Promise<Response>)(request);
  return hosted.fetch(request, info);
});
tellMistaken(deno);
console.log(`ready ${server.addr.port}`);
