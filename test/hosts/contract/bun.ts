import { bun } from "onesocket/bun";
import { deflate } from "onesocket/deflate";
import { trustProxies } from "onesocket/proxies";
import { consoleObserver } from "../../../src/adapters/shared/console.ts";
import { type SocketEvent, tell } from "../../../src/core/contract/observer.ts";
import { app } from "../contract.ts";

declare const Bun: {
  serve(options: object): { readonly port: number; stop(closeConnections: boolean): Promise<void> };
};

// One that wants every event has each message counted: then rooms send to their members one by one.
const observe = process.env.OBSERVED ? (event: SocketEvent) => tell(consoleObserver, event) : undefined;
const handler = bun(app, {
  env: { GREETING: "hello" },
  proxies: trustProxies(["127.0.0.2"]),
  compression: deflate(),
  observe,
});
const server = Bun.serve({ ...handler, port: 0, hostname: "127.0.0.1" });
console.log(`ready ${server.port}`);
