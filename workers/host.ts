import { serveStatic } from "@hono/node-server/serve-static";
import type { JoinBroker } from "onesocket";
import { type NodeServer, serve } from "onesocket/node";
import { app, fileFor } from "./app.ts";

app.get("*", serveStatic({ root: `${import.meta.dirname}/public`, rewriteRequestPath: fileFor }));

/** Serves the chat on Node, on PORT. */
export function serveChat(broker: JoinBroker | undefined): Promise<NodeServer> {
  const { ADMIN_TOKEN, TICKET_KEY, PORT = "8787" } = process.env;
  return serve(app, { port: Number(PORT), hostname: "127.0.0.1", env: { ADMIN_TOKEN, TICKET_KEY }, broker });
}
