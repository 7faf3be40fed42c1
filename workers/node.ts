import { serveStatic } from "@hono/node-server/serve-static";
import { serve } from "onesocket/node";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(process.env.PORT ?? 8787);
await serve(app, { port, hostname: "127.0.0.1", env: { ADMIN_TOKEN: process.env.ADMIN_TOKEN } });
console.log(`The chat is on http://localhost:${port}`);
