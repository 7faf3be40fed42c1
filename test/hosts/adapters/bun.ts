import { bun, sockets, websocket } from "onesocket/bun";
import { trustProxies } from "onesocket/proxies";
import { chat, routes } from "./app.ts";

declare const Bun: { serve(options: object): { readonly port: number } };

const options = { env: { GREETING: "hello" }, proxies: trustProxies(["127.0.0.2"]) };
const forwarded = { ...options, proxies: trustProxies({ trust: ["127.0.0.2"], header: "forwarded" }) };
const handlers: Record<string, object> = {
  definition: bun(chat, options),
  app: bun(routes(), forwarded),
  bare: { fetch: routes(sockets(options)).fetch, websocket },
};
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", ...handlers[process.argv[2] ?? ""] });
console.log(`ready ${server.port}`);
