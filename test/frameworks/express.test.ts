import { createServer } from "node:http";
import express from "express";
import { ended, itServes, listening, WAYS } from "./suite.ts";

for (const [way, join] of WAYS) {
  itServes(`Express, by ${way},`, async () => {
    const app = express();
    app.get("/page", (_, response) => void response.send("a page"));
    const server = createServer(app);
    const sockets = join(server);
    return { url: await listening(server), sockets, stop: () => ended(server) };
  });
}
