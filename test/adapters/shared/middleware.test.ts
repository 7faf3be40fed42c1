import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { sockets as bunSockets } from "onesocket/bun";
import { sockets as denoSockets } from "onesocket/deno";
import { upgrade } from "onesocket/hono";
import { expect, it, vi } from "vitest";
import { HANDSHAKE } from "../../helpers/core/core.ts";

/** A program may have one for all of its requests, on runtimes that give none. */
const CONTEXT = { waitUntil() {}, passThroughOnException() {}, props: {} };

it.each([
  ["bun", bunSockets],
  ["deno", denoSockets],
])("sockets() of %s finds no request by what others share with it", async (_, sockets) => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  let hooks = 0;
  const chat = defineSocket({ name: "chat", upgrade: () => void hooks++ });
  // A mounted app is given a copy of the request, and the execution context itself.
  const inner = new Hono().get("/", (c) => upgrade(c, chat));
  const app = new Hono().use(sockets()).mount("/in", inner.fetch);
  const response = await app.fetch(new Request("http://a.example/in", { headers: HANDSHAKE }), {}, CONTEXT);
  expect([response.status, response.headers.get("onesocket-failure"), hooks]).toEqual([500, "NO_HOST", 0]);
});
