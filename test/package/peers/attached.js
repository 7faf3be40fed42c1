import { serve } from "@hono/node-server";
import { attach } from "onesocket/node";
import app from "./app.js";

const server = serve({ fetch: app.fetch, port: 0 }, ({ port }) => {
  attach(server, app, { observe() {} });
  console.log(`http://localhost:${port}`);
});
