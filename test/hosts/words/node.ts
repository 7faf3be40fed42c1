import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as serveHono, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { attach, serve } from "onesocket/node";
import { WebSocketServer } from "ws";
import { app, bare, tellMistaken } from "./mistakes.ts";

const without = serveHono({ fetch: bare.fetch, port: 0, hostname: "127.0.0.1" });
await new Promise((resolve) => without.once("listening", resolve));
/** Both hear of each upgrade. */
const both = new Hono()
  .get(
    "/theirs",
    upgradeWebSocket(() => ({ onMessage: (_, ws) => ws.send("theirs") })),
  )
  .route("/", app);
const wss = new WebSocketServer({ noServer: true });
const beside = serveHono({ fetch: both.fetch, port: 0, hostname: "127.0.0.1", websocket: { server: wss as never } });
await new Promise((resolve) => beside.once("listening", resolve));
attach(beside as Server, both);
const { port } = await serve(app, { port: 0, hostname: "127.0.0.1" });
tellMistaken((target) => attach(without as Server, target));
console.log(`bare http://127.0.0.1:${((without as Server).address() as AddressInfo).port}`);
console.log(`beside http://127.0.0.1:${((beside as Server).address() as AddressInfo).port}`);
console.log(`ready ${port}`);
