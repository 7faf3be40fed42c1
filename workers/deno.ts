import { serveStatic } from "hono/deno";
import { deno } from "onesocket/deno";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(Deno.env.get("PORT") ?? 8787);
Deno.serve({ port, hostname: "127.0.0.1" }, deno(app, { env: { ADMIN_TOKEN: Deno.env.get("ADMIN_TOKEN") } }).fetch);
console.log(`The chat is on http://localhost:${port}`);
