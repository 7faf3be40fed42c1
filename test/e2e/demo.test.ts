import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { describeInBrowser, launch } from "../helpers/browser.ts";
import { WRANGLER } from "../helpers/wrangler.ts";

const root = join(import.meta.dirname, "../..");
/** Ignored by git. */
const shots = join(root, "coverage/demo");

it("can be deployed", async () => {
  const outdir = await mkdtemp(join(tmpdir(), "onesocket-demo-"));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--outdir", outdir];
  await promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, ...WRANGLER } });
  expect(await readFile(join(outdir, "index.js"), "utf8")).toContain("Chat");
  await rm(outdir, { recursive: true });
}, 60_000);

describeInBrowser("the page, in Chromium, on a Durable Object", page);

function page(): void {
  const harness = createTestHarness({
    root,
    workers: [{ configPath: "wrangler.toml", vars: { ADMIN_TOKEN: "let-me-in" } }],
  });
  let browser: Browser;
  let url: URL;
  /** Everything that a page's console called an error, a refusal by the Content-Security-Policy too. */
  let errors: string[] = [];

  beforeAll(async () => {
    Object.assign(process.env, WRANGLER);
    await mkdir(shots, { recursive: true });
    [{ url }, browser] = await Promise.all([harness.listen(), launch()]);
  }, 60_000);

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const seen = errors;
    errors = [];
    expect(seen).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await harness.close();
  });

  it("lets two people in a room see and hear one another", async () => {
    const ada = await enter("hall", "Ada");
    const bob = await enter("hall", "Bob", PHONE);
    await ada.locator(".presence", { hasText: "Bob came in" }).waitFor();

    await say(ada, "Hello, Bob");
    await say(bob, "Hello, Ada");

    await heard(bob, "Hello, Bob");
    await heard(ada, "Hello, Ada");
    expect(await names(ada)).toEqual(["Ada", "Bob"]);
    await shoot(ada, "hall-desktop");
    await shoot(bob, "hall-phone");
  });

  it("goes on as if nothing had been when the room's object was hibernated away", async () => {
    const ada = await enter("attic", "Ada");
    const bob = await enter("attic", "Bob");
    await say(ada, "One");
    await say(bob, "Eins");
    await heard(ada, "Eins");
    await heard(bob, "One");

    await harness.getWorker().evictDurableObject("CHAT", { name: "attic", webSockets: "hibernate" });
    await say(ada, "Two");
    await heard(bob, "Two");
    expect(await counts(bob)).toEqual({ Ada: 2, Bob: 1 });

    await harness.getWorker().evictDurableObject("CHAT", { name: "attic", webSockets: "hibernate" });
    await say(bob, "Zwei");
    await heard(ada, "Zwei");
    expect(await counts(ada)).toEqual({ Ada: 2, Bob: 2 });
    expect(await ada.locator("body").getAttribute("data-connection")).toBe("open");
    await shoot(ada, "after-hibernation");
  });

  it("knows after hibernation who is here, for somebody who comes in then", async () => {
    const ada = await enter("porch", "Ada");
    await harness.getWorker().evictDurableObject("CHAT", { name: "porch", webSockets: "hibernate" });
    const bob = await enter("porch", "Bob");
    await ada.locator(".presence", { hasText: "Bob came in" }).waitFor();
    expect(await names(bob)).toEqual(["Bob", "Ada"]);
  });

  it("tells the others, and only them, who is typing, after hibernation too", async () => {
    const ada = await enter("study", "Ada");
    const bob = await enter("study", "Bob");
    await harness.getWorker().evictDurableObject("CHAT", { name: "study", webSockets: "hibernate" });
    await bob.locator("#text").pressSequentially("Hm");
    await ada.locator("#typing", { hasText: "Bob is typing" }).waitFor();
    expect(await bob.locator("#typing").textContent()).toBe("");
    await shoot(ada, "typing");

    await bob.locator("#text").fill("");
    await ada.locator("#typing:not(.on)").waitFor();
  });

  it("tells who left", async () => {
    const ada = await enter("gate", "Ada");
    const bob = await enter("gate", "Bob");
    await ada.locator(".presence", { hasText: "Bob came in" }).waitFor();
    await bob.close();
    await ada.locator(".presence", { hasText: "Bob left" }).waitFor();
    expect(await names(ada)).toEqual(["Ada"]);
  });

  it("keeps what is written offline, and sends it once when it is back", async () => {
    const ada = await enter("cellar", "Ada");
    const bob = await enter("cellar", "Bob");
    await ada.context().setOffline(true);
    await ada.locator("#status", { hasText: "Offline" }).waitFor();
    await say(ada, "Can you hear me?");
    await ada.locator(".pending", { hasText: "Can you hear me?" }).waitFor();
    await shoot(ada, "offline");

    await ada.context().setOffline(false);
    await heard(bob, "Can you hear me?");
    await ada.locator("#log .own", { hasText: "Can you hear me?" }).waitFor();
    expect(await ada.locator(".pending").count()).toBe(0);
  });

  it("shows markup as the text that it is", async () => {
    const ada = await enter("lab", "<i>Ada</i>");
    await say(ada, "<img src=x onerror=alert(1)>");
    await heard(ada, "<img src=x onerror=alert(1)>");
    expect(await names(ada)).toEqual(["<i>Ada</i>"]);
    expect(await ada.locator("#log img, #people i").count()).toBe(0);
  });

  it("asks for another name when nothing of it can be shown", async () => {
    const nobody = await open("lobby");
    await nobody.fill("#name", "\u202e\u2066");
    await nobody.click("#enter-button");
    await nobody.locator("#name-hint", { hasText: "Try another one" }).waitFor();
  });

  it("leads from the door to a room, by what people call it", async () => {
    const ada = await open();
    await shoot(ada, "door");
    await ada.fill("#room", "Café Olé!");
    await ada.fill("#name", "Ada");
    await ada.press("#name", "Enter");
    await connected(ada);
    expect(new URL(ada.url()).pathname).toBe("/r/cafe-ole");
  });

  it("announces for those who have the token, and for nobody else", async () => {
    const ada = await enter("foyer", "Ada");
    expect((await announce("foyer", "guess", "We close")).status).toBe(401);
    expect((await announce("foyer", "let-me-in", "")).status).toBe(400);
    expect((await announce("foyer", "let-me-in", "We close at six")).status).toBe(204);
    await ada.locator(".announcement", { hasText: "We close at six" }).waitFor();
    expect(await ada.locator(".announcement").count()).toBe(1);
    await shoot(ada, "announcement");
  });

  it("serves its page under a policy that lets nothing else in", async () => {
    const response = await harness.fetch("/r/lobby");
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'/,
    );
  });

  async function open(room?: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(new URL(room === undefined ? "/" : `/r/${room}`, url).href);
    return page;
  }

  async function enter(room: string, name: string, options?: BrowserContextOptions): Promise<Page> {
    const page = await open(room, options);
    await page.fill("#name", name);
    await page.click("#enter-button");
    await connected(page);
    return page;
  }

  function announce(room: string, token: string, text: string): ReturnType<typeof harness.fetch> {
    const headers = { authorization: `Bearer ${token}` };
    return harness.fetch(`/admin/${room}/announce`, { method: "POST", headers, body: JSON.stringify({ text }) });
  }
}

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, colorScheme: "light" };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  colorScheme: "dark",
  isMobile: true,
  hasTouch: true,
};

/** In the room, and told who else is. */
async function connected(page: Page): Promise<void> {
  await page.locator('body[data-connection="open"] #people-list li').first().waitFor({ state: "attached" });
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

async function heard(page: Page, text: string): Promise<void> {
  await page.locator("#log .text", { hasText: text }).waitFor();
}

function names(page: Page): Promise<string[]> {
  return page.locator("#people-list bdi").allTextContents();
}

/** The number beside each name. */
function counts(page: Page): Promise<Record<string, number>> {
  return page
    .locator("#people-list li")
    .evaluateAll((items) =>
      Object.fromEntries(
        items.map((item) => [
          item.querySelector("bdi")?.textContent ?? "",
          Number.parseInt(item.querySelector(".count")?.textContent ?? "", 10),
        ]),
      ),
    );
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
}
