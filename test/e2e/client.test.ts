import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onesocket } from "../cli/command.ts";
import { describeInBrowser, launch } from "../helpers/browser.ts";

/** Runs in the page: echoes text and bytes over Chromium's own WebSocket, and tells how it closed. */
async function talk(url: string): Promise<unknown> {
  const ws = new WebSocket(url);
  ws.binaryType = "arraybuffer";
  const event = <T extends Event>(name: string) =>
    new Promise<T>((resolve) => ws.addEventListener(name, (seen) => resolve(seen as T), { once: true }));
  await event("open");
  const replies: unknown[] = [];
  for (const message of ["häi", new Uint8Array([0, 127, 255]), "x".repeat(1 << 20)]) {
    ws.send(message);
    const { data } = await event<MessageEvent>("message");
    replies.push(typeof data === "string" ? data.length : [...new Uint8Array(data)]);
  }
  ws.close(4000, "done");
  const { code, wasClean } = await event<CloseEvent>("close");
  return { replies, code, wasClean };
}

describeInBrowser("Chromium's own client", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });

  afterAll(() => browser?.close());

  it.each(["node", "bun", "deno", "workers", "durable"])("talks to a definition on %s", async (runtime) => {
    const server = await onesocket(["dev", "test/hosts/echo.ts", "--port", "0", "--on", runtime]);
    const page = await browser.newPage();
    const seen = await page.evaluate(talk, server.url);
    expect(seen).toEqual({ replies: [3, [0, 127, 255], 1 << 20], code: 4000, wasClean: true });
    await page.close();
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });
});
