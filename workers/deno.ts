import { serveStatic } from "hono/deno";
import { deno } from "onesocket/deno";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(Deno.env.get("PORT") ?? 8787);
const env = { ADMIN_TOKEN: Deno.env.get("ADMIN_TOKEN"), TICKET_KEY: Deno.env.get("TICKET_KEY") };
Deno.serve({ port, hostname: "127.0.0.1" }, deno(app, { env }).fetch);
console.log(`The chat is on http://localhost:${port}`);
