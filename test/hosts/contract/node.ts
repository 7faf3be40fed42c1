import { serve } from "onesocket/node";
import { trustProxies } from "onesocket/proxies";
import { app } from "../contract.ts";

const server = await serve(app, {
  port: 0,
  hostname: "127.0.0.1",
  env: { GREETING: "hello" },
  proxies: trustProxies(["127.0.0.2"]),
});
console.log(`ready ${server.port}`);
process.on("SIGTERM", () => server.close().then(() => process.exit()));
