import { serveStatic } from "hono/bun";
import { bun } from "onesocket/bun";
import { redis } from "onesocket/redis";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(process.env.PORT ?? 8787);
console.log(`The chat is on http://localhost:${port}`);

const { ADMIN_TOKEN, REDIS_URL } = process.env;
const broker = REDIS_URL ? redis({ url: REDIS_URL }) : undefined;
export default { port, hostname: "127.0.0.1", ...bun(app, { env: { ADMIN_TOKEN }, broker }) };
