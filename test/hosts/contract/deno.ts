import { deno } from "onesocket/deno";
import { trustProxies } from "onesocket/proxies";
import { app } from "../contract.ts";

declare const Deno: {
  serve(options: object, handler: unknown): unknown;
};

const handler = deno(app, { env: { GREETING: "hello" }, proxies: trustProxies(["127.0.0.2"]) });
const onListen = ({ port }: { port: number }) => console.log(`ready ${port}`);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, handler.fetch);
