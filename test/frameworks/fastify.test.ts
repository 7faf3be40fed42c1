import fastify from "fastify";
import { itServes } from "./suite.ts";
import { ways } from "./ways.ts";

for (const [way, join] of Object.entries(ways)) {
  itServes(`Fastify, by ${way},`, async () => {
    const app = fastify();
    app.get("/page", () => "a page");
    const sockets = join(app.server);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, sockets, stop: () => app.close() };
  });
}
