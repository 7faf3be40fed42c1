import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "vite";
import { itServes } from "./suite.ts";
import { ways } from "./ways.ts";

// The plugin is asked in test/adapters/vite.
for (const [way, join] of Object.entries(ways)) {
  itServes(`Vite's development server, by ${way},`, async () => {
    const vite = await createServer({
      configFile: false,
      logLevel: "silent",
      appType: "custom",
      server: { port: 0, host: "127.0.0.1" },
    });
    vite.middlewares.use("/page", (_, response) => response.end("a page"));
    const sockets = join(vite.httpServer as Server);
    await vite.listen();
    const { port } = vite.httpServer!.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, sockets, stop: () => vite.close() };
  });
}
