import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { defineSocket } from "../../src/index.ts";
import { describeInBrowser } from "../helpers/browser.ts";
import { launchOpen, pageOf } from "./page.ts";

const chat = defineSocket({
  name: "chat",
  upgrade: (request) => ({ state: { offered: request.headers.get("sec-websocket-protocol") ?? "" } }),
  methods: { who: { handle: (socket) => socket.state.offered } },
});

describeInBrowser("the client in a browser", () => {
  let browser: Browser;
  let server: NodeServer;

  beforeAll(async () => {
    browser = await launchOpen();
    server = await serve(chat, { port: 0, hostname: "127.0.0.1", observe: () => {} });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("takes a URL of the page, offers its token, speaks JSON-RPC, and comes back with the network, not when its wait is over", async () => {
    const context = await browser.newContext();
    const page = await pageOf(context, server.url.replace("ws", "http"));
    const before = await page.evaluate(async () => {
      const client = connect("/chat", { token: "abc", backoff: { firstMs: 2e9, longestMs: 2e9 } });
      Object.assign(globalThis, { client });
      return [await client.request("who"), client.protocol];
    });
    expect(before).toEqual(["onesocket, bearer.abc", "onesocket"]);
    await context.setOffline(true);
    // Chromium cuts nothing: a socket that opens meanwhile is what fails.
    const away = await page.evaluate(async () => {
      const client = connect("/chat", { backoff: { firstMs: 2e9, longestMs: 2e9 } });
      Object.assign(globalThis, { client });
      return (await until(client, "waiting")).failure?.code;
    });
    expect(away).toBe("OFFLINE");
    await context.setOffline(false);
    const state = await page.evaluate(
      async () => (await until((globalThis as never as { client: never }).client, "open")).state,
    );
    expect(state).toBe("open");
    await context.close();
  });
});
