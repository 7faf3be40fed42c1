import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { upgrade, upgradeWebSocket } from "../../../src/adapters/hono/index.ts";
import { type NodeServer, serve } from "../../../src/adapters/node/index.ts";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import type { SocketEvent } from "../../../src/core/contract/observer.ts";

/** What an app in CommonJS has: another copy than the one that this package imports, as where two versions are installed. */
const { Hono } = createRequire(import.meta.url)("hono") as typeof import("hono");

const gate = defineSocket({
  name: "gate",
  upgrade: (request) =>
    new URL(request.url).searchParams.has("name") ? undefined : new Response("Who are you?", { status: 401 }),
  open: (socket) => void socket.send("welcome"),
});

const app = new Hono()
  .get("/rooms/:room", (c) => upgrade(c, gate))
  .get("/direct/:room", (c) => upgradeWebSocket(c, { onOpen: (_, ws) => ws.send("direct") }))
  .get(
    "/closure",
    upgradeWebSocket(() => ({ onOpen: (_, ws) => ws.send("closure") })),
  )
  .mount("/mounted", new Hono().get("/:room", (c) => upgrade(c, gate)).fetch);

let server: NodeServer;
const told: SocketEvent[] = [];

beforeEach(async () => {
  told.length = 0;
  server = await serve(app, { port: 0, hostname: "127.0.0.1", observe: (event) => told.push(event) });
});
afterEach(() => server.close());

/** What a client gets: the first message, or the status that it was refused with. */
function visit(path: string): Promise<string> {
  const client = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
  return new Promise((resolve, reject) => {
    client.once("message", (data) => {
      resolve(String(data));
      client.terminate();
    });
    client.once("unexpected-response", (_, { statusCode }) => {
      resolve(String(statusCode));
      client.terminate();
    });
    client.on("error", reject);
  });
}

describe("an app of another copy of Hono", () => {
  it("opens sockets, and sends what a definition refuses with", async () => {
    const seen = ["/rooms/a?name=ada", "/rooms/a", "/direct/a", "/closure", "/mounted/a?name=ada", "/mounted/a"];
    expect(await Promise.all(seen.map(visit))).toEqual(["welcome", "401", "direct", "closure", "welcome", "401"]);
  });

  it("tells observers its routes", async () => {
    await visit("/rooms/a");
    await visit("/rooms/a?name=ada");
    const routes = told.flatMap((event) =>
      event.type === "refused" || event.type === "accepted" ? [event.handshake?.route] : [],
    );
    expect(routes).toEqual(["/rooms/:room", "/rooms/:room"]);
  });
});
