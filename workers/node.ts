import { serveStatic } from "@hono/node-server/serve-static";
import { serve } from "onesocket/node";
import { redis } from "onesocket/redis";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(process.env.PORT ?? 8787);
const { ADMIN_TOKEN, REDIS_URL } = process.env;
const broker = REDIS_URL ? redis({ url: REDIS_URL }) : undefined;
const server = await serve(app, { port, hostname: "127.0.0.1", env: { ADMIN_TOKEN }, broker });
console.log(`The chat is on http://localhost:${port}`);

/** For a deploy: asks the sockets to come back, not all at once, then ends. */
async function leave(): Promise<void> {
  await server.drain({ overMs: 1000 });
  await server.close();
}

process.once("SIGTERM", leave).once("SIGINT", leave);
