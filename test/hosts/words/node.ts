import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as serveHono } from "@hono/node-server";
import { attach, serve } from "onesocket/node";
import { app, bare, tellMistaken } from "./mistakes.ts";

const without = serveHono({ fetch: bare.fetch, port: 0, hostname: "127.0.0.1" });
await new Promise((resolve) => without.once("listening", resolve));
const { port } = await serve(app, { port: 0, hostname: "127.0.0.1" });
tellMistaken((target) => attach(without as Server, target));
console.log(`bare http://127.0.0.1:${((without as Server).address() as AddressInfo).port}`);
console.log(`ready ${port}`);
