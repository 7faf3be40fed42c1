import fastify from "fastify";
import { attach } from "onesocket/node";
import { describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { itServes } from "./suite.ts";
import { chat, ways } from "./ways.ts";

for (const [way, join] of Object.entries(ways)) {
  itServes(`Fastify, by ${way},`, async () => {
    const app = fastify();
    app.get("/page", () => "a page");
    const sockets = join(app.server);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, sockets, stop: () => app.close() };
  });
}

describe("Fastify", () => {
  it("ends when its hook preClose ends our sockets", async () => {
    const app = fastify();
    const sockets = attach(app.server, chat(), { path: "/chat" });
    app.addHook("preClose", () => sockets.close());
    const client = await Client.connect(`${await app.listen({ port: 0, host: "127.0.0.1" })}/chat`);
    await app.close();
    expect((await client.closed).code).toBe(1001);
  });
});
