import { deno, sockets } from "onesocket/deno";
import { trustProxies } from "onesocket/proxies";
import type { DenoInfo } from "../../../src/adapters/shared/runtime-types.ts";
import { chat, routes } from "./app.ts";

type Handler = (request: Request, info: DenoInfo) => Response | Promise<Response>;

declare const Deno: {
  readonly args: readonly string[];
  serve(options: object, handler: Handler): { readonly addr: { readonly port: number } };
};

const options = { env: { GREETING: "hello" }, proxies: trustProxies(["127.0.0.2"]) };
const forwarded = { ...options, proxies: trustProxies({ trust: ["127.0.0.2"], header: "forwarded" }) };
const handlers: Record<string, Handler> = {
  definition: deno(chat, options).fetch,
  app: deno(routes(), forwarded).fetch,
  bare: routes(sockets(options)).fetch,
};
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handlers[Deno.args[0] ?? ""]!);
console.log(`ready ${server.addr.port}`);
