import { createServer } from "node:http";
import express from "express";
import { ended, itServes, listening } from "./suite.ts";
import { ways } from "./ways.ts";

for (const [way, join] of Object.entries(ways)) {
  itServes(`Express, by ${way},`, async () => {
    const app = express();
    app.get("/page", (_, response) => void response.send("a page"));
    const server = createServer(app);
    const sockets = join(server);
    return { url: await listening(server), sockets, stop: () => ended(server) };
  });
}
