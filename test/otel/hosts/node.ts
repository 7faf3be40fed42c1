import { serve } from "onesocket/node";
import { app, observe } from "./app.ts";

const server = await serve(app, { port: 0, hostname: "127.0.0.1", observe });
console.log(`ready ${server.port}`);
process.on("SIGTERM", () => server.close().then(() => process.exit()));
