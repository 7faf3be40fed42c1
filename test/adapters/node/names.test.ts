import { createServer } from "node:http";
import { expect, it } from "vitest";
import { bun } from "../../../src/adapters/bun/index.ts";
import { deno } from "../../../src/adapters/deno/index.ts";
import { handler } from "../../../src/adapters/node/handler.ts";
import { attach, serve } from "../../../src/adapters/node/index.ts";
import { defineSocket } from "../../../src/core/contract/definition.ts";

const LOCAL = { port: 0, hostname: "127.0.0.1" };

it("refuses a second definition of a name when its host is made, as long as the first one's are open (H12)", async () => {
  const [one, two] = [defineSocket({ name: "served" }), defineSocket({ name: "served" })];
  const server = await serve(one, LOCAL);
  const attached = attach(createServer(), one, { path: "/chat" });
  await server.close();
  await expect(serve(two, LOCAL)).rejects.toThrow(/^NAME_TAKEN: two definitions are named "served"/);
  expect(() => attach(createServer(), two)).toThrow(TypeError);
  expect(() => bun(two)).toThrow(TypeError);
  expect(() => deno(two)).toThrow(TypeError);
  await attached.close();
  await (await serve(two, LOCAL)).close();
});

it("takes no name for a host that is not made", async () => {
  const [one, two] = [defineSocket({ name: "unmade" }), defineSocket({ name: "unmade" })];
  const anotherBroker = () => {
    throw new TypeError("another one is in use");
  };
  for (const make of [attach.bind(null, createServer()), handler, bun, deno]) {
    expect(() => make(one, { proxies: ["127.0.0.1"] as never })).toThrow(TypeError);
    expect(() => make(one, { broker: anotherBroker })).toThrow(TypeError);
  }
  await (await serve(two, LOCAL)).close();
});

it("joins no broker for a host whose name is taken", async () => {
  const [one, two] = [defineSocket({ name: "brokerless" }), defineSocket({ name: "brokerless" })];
  const server = await serve(one, LOCAL);
  let joined = 0;
  const broker = () => {
    joined += 1;
    return async () => {};
  };
  for (const make of [attach.bind(null, createServer()), handler, bun, deno])
    expect(() => make(two, { broker })).toThrow(/^NAME_TAKEN/);
  expect(joined).toBe(0);
  await server.close();
});

it("serves a definition that was made anew, though nobody has closed the host of the earlier one", async () => {
  attach(createServer(), defineSocket({ name: "anew" }));
  const anew = attach(createServer(), defineSocket({ name: "anew" }));
  await anew.close();
});
