import { createServer } from "node:http";
import type { Hooks } from "crossws";
import { fromNodeUpgradeHandler } from "crossws/adapters/node";
import { plugin } from "crossws/server";
import { defineWebSocketHandler, H3, serve } from "h3";
import { toNodeHandler } from "h3/node";
import { handler } from "onesocket/node/handler";
import { describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { ended, itServes, listening } from "./suite.ts";
import { chat, ways } from "./ways.ts";

for (const [way, join] of Object.entries(ways)) {
  itServes(`h3 on a server of Node's, by ${way},`, async () => {
    const app = new H3().get("/page", () => "a page");
    const server = createServer(toNodeHandler(app));
    const sockets = join(server);
    return { url: await listening(server), sockets, stop: () => ended(server) };
  });
}

itServes(
  "h3, as one of the handlers of its own WebSockets,",
  async () => {
    const sockets = handler(chat(), { observe: () => {} });
    const { url, stop } = await withPlugin((app) => {
      app.get("/chat", defineWebSocketHandler(fromNodeUpgradeHandler(sockets.upgrade)));
    });
    return { url, sockets, stop };
  },
  { untaken: "101" },
);

/** A server of h3's that has WebSockets of its own at `/own`. */
async function withPlugin(more: (app: H3) => void) {
  const app = new H3().get("/page", () => "a page");
  app.get("/own", defineWebSocketHandler({ message: (peer, message) => void peer.send(`own: ${message.text()}`) }));
  more(app);
  const server = serve(app, {
    port: 0,
    hostname: "127.0.0.1",
    silent: true,
    plugins: [
      plugin({
        resolve: async (request) =>
          ((await app.fetch(request)) as Response & { crossws?: Partial<Hooks> }).crossws ?? {},
      }),
    ],
  });
  await server.ready();
  return { url: server.url!.replace(/\/$/, ""), stop: () => server.close(true) };
}

describe("h3's own WebSockets", () => {
  it("work beside ours", async () => {
    const sockets = handler(chat());
    const { url, stop } = await withPlugin((app) => {
      app.get("/chat", defineWebSocketHandler(fromNodeUpgradeHandler(sockets.upgrade)));
    });
    const own = await Client.connect(`${url}/own`);
    own.send("hello");
    expect(await own.next()).toBe("own: hello");
    own.vanish();
    await sockets.close();
    await stop();
  });
});
