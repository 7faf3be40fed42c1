import { serveStatic } from "hono/bun";
import { bun } from "onesocket/bun";
import { app, fileFor } from "./app.ts";
import { brokerAt } from "./broker.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

const port = Number(process.env.PORT ?? 8787);
console.log(`The chat is on http://localhost:${port}`);

const { ADMIN_TOKEN, TICKET_KEY, BROKER_URL } = process.env;
const broker = await brokerAt(BROKER_URL);
export default { port, hostname: "127.0.0.1", ...bun(app, { env: { ADMIN_TOKEN, TICKET_KEY }, broker }) };
