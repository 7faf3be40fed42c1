import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { Firefox } from "../../helpers/browsers/firefox.ts";
import { type Driven, describeInFirefox, describeInWebKit } from "../../helpers/browsers/index.ts";
import { WebKit } from "../../helpers/browsers/webkit.ts";
import { WRANGLER } from "../../helpers/wrangler.ts";

describeInFirefox("the demo, in Firefox", () => demo(() => Firefox.launch()));
describeInWebKit("the demo, in WebKitGTK", () => demo(() => WebKit.launch()));

function demo(launch: () => Promise<Driven>): void {
  const harness = createTestHarness({
    workers: [{ configPath: "wrangler.toml", vars: { TICKET_KEY: "a key of ours" } }],
  });
  let browser: Driven;
  let url: URL;

  beforeAll(async () => {
    Object.assign(process.env, WRANGLER);
    [{ url }, browser] = await Promise.all([harness.listen(), launch()]);
  });

  afterAll(async () => {
    await browser?.close();
    await harness.close();
  });

  /** Comes in by the page's own form. */
  async function enter(name: string): Promise<void> {
    await browser.goto(new URL("/r/hall", url).href);
    await browser.evaluate((text) => {
      document.querySelector<HTMLInputElement>("#name")!.value = text;
      document.querySelector<HTMLFormElement>("#enter")!.requestSubmit();
    }, name);
    await expect.poll(() => browser.evaluate(() => document.body.dataset.connection)).toBe("open");
  }

  const said = () =>
    browser.evaluate(() => [...document.querySelectorAll("#log .text")].map(({ textContent }) => textContent));

  it("says what is written, over hibernation too, and shows all of it to who comes anew", async () => {
    await enter("Ada");
    for (const text of ["One", "Two"]) {
      await browser.evaluate((written) => {
        const box = document.querySelector<HTMLTextAreaElement>("#text")!;
        box.value = written;
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.form!.requestSubmit();
      }, text);
      await expect.poll(said).toContain(text);
      await harness.getWorker().evictDurableObject("CHAT", { name: "hall", webSockets: "hibernate" });
    }
    await browser.goto("about:blank");
    await browser.goto(new URL("/r/hall", url).href);
    await expect.poll(said).toEqual(["One", "Two"]);
  });
}
