/**
 * Vite's development servers, over the folder that is given: one of an app's pages and sockets, and one in the middle of a server of its
 * own, of a definition. SIGUSR2 starts the first anew.
 */
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import devServer from "@hono/vite-dev-server";
import { onesocket } from "onesocket/vite";
import { createServer, type InlineConfig } from "vite";

const [, , folder = ""] = process.argv;

const common = (name: string): InlineConfig => ({
  root: join(folder, name),
  configFile: false,
  clearScreen: false,
  // Its sources, in place of what is built: Vite takes no TypeScript for external unless it is told so for each name.
  ssr: { external: ["onesocket", "onesocket/hono"], resolve: { externalConditions: ["onesocket-source"] } },
});

const app = await createServer({
  ...common("app"),
  server: { port: 0, host: "127.0.0.1" },
  plugins: [onesocket({ entry: "./src/app.ts" }), devServer({ entry: "./src/app.ts" })],
});
await app.listen();

const server = createHttpServer();
const middle = await createServer({
  ...common("definition"),
  appType: "custom",
  server: { middlewareMode: { server } },
  plugins: [onesocket({ entry: "/chat.ts", export: "chat", path: "/chat" })],
});
server.on("request", middle.middlewares).listen(0, "127.0.0.1");
await once(server, "listening");

const portOf = (of: unknown) => ((of as Server).address() as AddressInfo).port;
console.log(`definition http://127.0.0.1:${portOf(server)}`);
console.log(`ready ${portOf(app.httpServer)}`);

async function leave(): Promise<void> {
  await Promise.all([app.close(), middle.close()]);
  console.log(`left ${server.listenerCount("upgrade")} listeners`);
  server.close();
  server.closeAllConnections();
}

/** Vite's own listener ends the process. */
function takeSignals(): void {
  process.removeAllListeners("SIGTERM").on("SIGTERM", leave);
}

takeSignals();
process.on("SIGUSR2", async () => {
  await app.restart();
  takeSignals();
});
