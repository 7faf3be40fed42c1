import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { describeInBrowser, launch } from "../helpers/browser.ts";
import { WRANGLER } from "../helpers/wrangler.ts";

const root = join(import.meta.dirname, "../..");
/** Where the page's pictures go, for people to look at; ignored by git. `SHOTS=1` takes them: no test looks at one, and each takes as long as a test's step. */
const shots = process.env.SHOTS ? join(root, "coverage/demo") : undefined;

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
    workers: [{ configPath: "wrangler.toml", vars: { ADMIN_TOKEN: "let-me-in", TICKET_KEY: "a key of ours" } }],
  });
  let browser: Browser;
  let url: URL;
  /** Everything that a page's console called an error, a refusal by the Content-Security-Policy too. */
  let errors: string[] = [];

  beforeAll(async () => {
    Object.assign(process.env, WRANGLER);
    if (shots) await mkdir(shots, { recursive: true });
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

  it("lets people hear one another who are in two objects of a big room, after hibernation too", async () => {
    const ada = await enter("big-hall", "Ada");
    // Who comes in is greeted with those of the same object.
    const { bob, all } = await elsewhere("big-hall");
    await ada.locator(".presence", { hasText: "Bob came in" }).first().waitFor();
    for (const text of ["Awake", "Woken"]) {
      await say(ada, `${text}, Bob`);
      await heard(bob, `${text}, Bob`);
      await say(bob, `${text}, Ada`);
      for (const page of [ada, ...all]) await heard(page, `${text}, Ada`);
      for (const shard of [1, 2]) await putToSleep(`big-hall#${shard}`);
    }
    await shoot(bob, "big-hall");
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

  it("shows who comes in what was said before, after hibernation and after everybody had left too", async () => {
    const ada = await enter("archive", "Ada");
    await say(ada, "One");
    await heard(ada, "One");
    await harness.getWorker().evictDurableObject("CHAT", { name: "archive", webSockets: "hibernate" });
    await say(ada, "Two");
    await heard(ada, "Two");
    const bob = await enter("archive", "Bob");
    expect(await bob.locator("#log .text").allTextContents()).toEqual(["One", "Two"]);
    await shoot(bob, "joined");
    await Promise.all([ada.close(), bob.close()]);
    const eve = await enter("archive", "Eve", PHONE);
    expect(await eve.locator("#log .text").allTextContents()).toEqual(["One", "Two"]);
    expect(await names(eve)).toEqual(["Eve"]);
    await shoot(eve, "joined-phone");
  });

  it("shows after a reconnection what was said meanwhile, each once and in order", async () => {
    const ada = await enter("ferry", "Ada");
    await say(ada, "Before");
    await heard(ada, "Before");
    await ada.evaluate(SLOW_RETURN);
    await harness.getWorker().evictDurableObject("CHAT", { name: "ferry", webSockets: "close" });
    await ada.locator('body[data-connection="waiting"]').waitFor();
    const bob = await enter("ferry", "Bob");
    for (const text of ["One", "Two"]) await say(bob, text);
    await heard(bob, "Two");
    await ada.click("#retry");
    await heard(ada, "Two");
    await say(bob, "Three");
    await heard(ada, "Three");
    expect(await ada.locator("#log .text").allTextContents()).toEqual(["Before", "One", "Two", "Three"]);
    expect(await ada.locator(".gap").count()).toBe(0);
    await expect.poll(() => names(ada)).toEqual(["Ada", "Bob"]);
  });

  it("gives somebody another name, for all to see, after hibernation too", async () => {
    const ada = await enter("names", "Ada");
    const bob = await enter("names", "Bob");
    await ada.click("#rename-button");
    expect(await ada.inputValue("#rename-name")).toBe("Ada");
    await ada.fill("#rename-name", "\u202e");
    await ada.press("#rename-name", "Enter");
    await ada.locator("#rename-hint", { hasText: "can’t be shown" }).waitFor();
    expect(await focused(ada)).toBe("rename-name");
    await clean(ada);
    await shoot(ada, "rename");
    await ada.fill("#rename-name", "Grace");
    await ada.press("#rename-name", "Enter");
    await bob.locator(".presence", { hasText: "Ada is now called Grace" }).waitFor();
    await ada.locator("#announcer", { hasText: "You are now called Grace." }).waitFor({ state: "attached" });
    expect(await focused(ada)).toBe("rename-button");

    await harness.getWorker().evictDurableObject("CHAT", { name: "names", webSockets: "hibernate" });
    await say(ada, "It is me");
    await bob.locator("#log .from", { hasText: "Grace" }).waitFor({ state: "attached" });
    expect(await names(bob)).toEqual(["Bob", "Grace"]);
    await harness.getWorker().evictDurableObject("CHAT", { name: "names", webSockets: "close" });
    await bob.locator(".presence", { hasText: "Grace came in" }).waitFor();
  });

  it.each([
    ["desktop", "light"],
    ["desktop", "dark"],
    ["phone", "light"],
    ["phone", "dark"],
  ] as const)("has nothing that axe finds fault with, on a %s, %s", async (device, colorScheme) => {
    const options = { ...(device === "phone" ? PHONE : DESKTOP), colorScheme };
    const ada = await open(undefined, options);
    await clean(ada);
    await shoot(ada, `axe-door-${device}-${colorScheme}`);
    const bob = await enter(`axe-${device}-${colorScheme}`, "Bob");
    await say(bob, "Have you seen https://example.com?");
    const room = await enter(`axe-${device}-${colorScheme}`, "Ada", options);
    await say(room, "Yes, this morning.");
    await heard(room, "Yes, this morning.");
    await room.context().setOffline(true);
    await say(room, "And now?");
    await room.evaluate(WAITING);
    await clean(room);
    await shoot(room, `axe-room-${device}-${colorScheme}`);
    if (await room.locator("#people-button").isVisible()) await room.click("#people-button");
    await room.click("#rename-button");
    await clean(room);
    await shoot(room, `axe-people-${device}-${colorScheme}`);
    await room.press("#rename-name", "Escape");
    expect(await focused(room)).toBe("rename-button");
  });

  it("says why the connection was lost, and comes back", async () => {
    const ada = await enter("loft", "Ada");
    await ada.evaluate(REASON);
    await harness.getWorker().evictDurableObject("CHAT", { name: "loft", webSockets: "close" });
    expect(await ada.evaluate("reason")).toBe("the line was cut");
    await connected(ada);
    expect(await ada.locator("#status-reason").textContent()).toBe("");
  });

  it.each([
    ["desktop", () => DESKTOP],
    ["phone", () => PHONE],
  ])("has a place for the reason beside the time, on a %s", async (name, options) => {
    const ada = await enter("tower", "Ada", options());
    await ada.evaluate(WAITING);
    expect(await ada.locator("#status").textContent()).toMatch(/^Reconnecting in \d s$/);
    const [status, bar] = [await ada.locator(".status").boundingBox(), await ada.locator("header.bar").boundingBox()];
    expect(status!.x + status!.width).toBeLessThanOrEqual(bar!.x + bar!.width);
    expect(await ada.locator("#retry").isVisible()).toBe(true);
    const reason = ada.locator("#status-reason");
    expect(await reason.textContent()).toBe("the server restarts");
    const box = (await reason.boundingBox())!;
    expect(box.width).toBeGreaterThan(80);
    expect(box.y + box.height).toBeLessThanOrEqual(bar!.y + bar!.height);
    await shoot(ada, `waiting-${name}`);
  });

  it("counts in the title what was said while nobody looked", async () => {
    const ada = await enter("nook", "Ada");
    const bob = await enter("nook", "Bob");
    const look = (hidden: boolean) =>
      ada.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await look(true);
    await say(bob, "Are you there?");
    await say(bob, "Hello?");
    await heard(ada, "Hello?");
    expect(await ada.title()).toBe("(2) nook · onesocket chat");
    await look(false);
    expect(await ada.title()).toBe("nook · onesocket chat");
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

  it("leads two rooms of other scripts to two rooms, and neither to the lobby", async () => {
    const eve = await enter("lobby", "Eve");
    const pages: Page[] = [];
    for (const [room, name] of [
      ["Ночной разговор", "Ada"],
      ["日記", "Bob"],
    ] as const) {
      const page = await open();
      await page.fill("#room", room);
      await page.fill("#name", name);
      await page.press("#name", "Enter");
      await connected(page);
      expect(await names(page)).toEqual([name]);
      pages.push(page);
    }
    expect(pages.map((page) => decodeURI(new URL(page.url()).pathname))).toEqual(["/r/ночной-разговор", "/r/日記"]);
    await say(pages[0]!, "Between us");
    await heard(pages[0]!, "Between us");
    await shoot(pages[0]!, "other-script");
    expect(await names(eve)).toEqual(["Eve"]);
    expect(await eve.locator("#log .text").count()).toBe(0);
  });

  it("asks again for a room's name of which nothing is left, in the box and in a link", async () => {
    const ada = await open();
    await ada.fill("#room", "🎉!");
    await ada.fill("#name", "Ada");
    await ada.press("#name", "Enter");
    await ada.locator("#room[aria-invalid=true]").waitFor();
    await ada.locator("#room-hint", { hasText: "a letter or digit" }).waitFor();
    await shoot(ada, "no-room");
    expect(new URL(ada.url()).pathname).toBe("/");

    const bob = await open("%F0%9F%8E%89");
    await bob.locator("#room[aria-invalid=true]").waitFor();
    expect(await bob.locator("#chat").isVisible()).toBe(false);
  });

  it("says of a message that the server found too fast, that it was not sent", async () => {
    const ada = await enter("busy", "Ada");
    // More than the server takes at once, though no more at a time than the page keeps.
    for (let turn = 0; turn < 60 && (await ada.locator(".failed").count()) === 0; turn += 1) {
      await say(ada, `message ${turn}`);
      await ada.locator(".pending").waitFor({ state: "detached" });
    }
    expect(await ada.locator(".failed .wait").first().textContent()).toBe("Not sent: slow down a little");
    await shoot(ada, "too-fast");
  });

  it("stands outside again, and says why, when the server has closed for good", async () => {
    const ada = await enter("flood", "Ada");
    await ada.evaluate(() => {
      const box = document.querySelector<HTMLTextAreaElement>("#text")!;
      // Typing and no longer typing, by turns: each is a message.
      for (let turn = 0; turn < 400; turn += 1) {
        box.value = turn % 2 === 0 ? "x" : "";
        box.dispatchEvent(new Event("input"));
      }
    });
    await ada.locator("#door-text", { hasText: "too much at once" }).waitFor();
    await shoot(ada, "flood");
  });

  it("shows the last messages of a long talk, and works as hard for the last as for the first", async () => {
    const ada = await enter("talk", "Ada");
    const work = await ada.evaluate<{ during: number; after: number }>(LONG_TALK);
    expect(work.during).toBe(0);
    expect(work.after).toBeGreaterThan(0);
    expect(work.after).toBeLessThan(10);
    expect(await ada.locator("#log > *").count()).toBe(500);
    const shown = await ada.locator("#log .text").allTextContents();
    expect(shown).toEqual(Array.from({ length: 500 }, (_, index) => `message ${1000 + index}`));
    expect(await ada.locator("#newer").isVisible()).toBe(false);
    await expect
      .poll(() =>
        ada.locator("#scroll").evaluate((scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight),
      )
      .toBeLessThan(2);
    expect(await ada.locator("#older").evaluate((line: HTMLElement) => line.hidden)).toBe(false);
  });

  it("changes one number beside a name for a message, and leaves the other names alone", async () => {
    const ada = await enter("counts", "Ada");
    const bob = await enter("counts", "Bob");
    await ada.locator(".presence", { hasText: "Bob came in" }).waitFor();
    await ada.evaluate(() => {
      for (const item of document.querySelectorAll<HTMLElement>("#people-list li")) item.dataset.seen = "yes";
    });
    await say(bob, "One");
    await say(bob, "Two");
    await heard(ada, "Two");
    await expect.poll(() => counts(ada)).toEqual({ Ada: 0, Bob: 2 });
    expect(await ada.locator("#people-list li[data-seen=yes]").count()).toBe(2);
  });

  it("keeps twenty of what is written offline, and what is more in the box", async () => {
    const ada = await enter("shed", "Ada");
    await ada.context().setOffline(true);
    await ada.locator("#status", { hasText: "Offline" }).waitFor();
    for (let turn = 1; turn <= 21; turn += 1) await say(ada, `message ${turn}`);
    expect(await ada.locator(".pending").count()).toBe(20);
    expect(await ada.inputValue("#text")).toBe("message 21");
    await ada.context().setOffline(false);
    await ada.locator("#log .own", { hasText: "message 20" }).waitFor();
    expect(await ada.locator(".pending, .failed").count()).toBe(0);
  });

  it.each([
    ["on a desktop", () => DESKTOP],
    ["on a phone", () => PHONE],
  ])("says of each control what it shows, %s", async (_, options) => {
    const ada = await enter("labels", "Ada", options());
    if (await ada.locator("#people-button").isVisible()) await ada.click("#people-button");
    for (const control of await ada.locator("button:visible, a:visible").all()) {
      const shown = await control.evaluate(visibleText);
      const name = await accessibleName(ada, control);
      expect(name).not.toBe("");
      expect(name.toLowerCase()).toContain(shown.toLowerCase());
    }
    await ada.context().grantPermissions(["clipboard-write"]);
    await ada.click("#copy");
    await ada.locator("#copy", { hasText: "Copied" }).waitFor();
    expect(await accessibleName(ada, ada.locator("#copy"))).toBe("Copied");
  });

  it.each([320, 360, 390])(
    "leaves room for the room's name beside the header's one button, on a phone %i wide",
    async (width) => {
      const viewport = { width, height: 700 };
      const ada = await enter("gentle-harbour-with-a-long-name-0", "Ada", { ...PHONE, viewport });
      const box = async (selector: string) => (await ada.locator(selector).boundingBox())!;
      const [bar, name, button] = [await box(".bar"), await box("#room-name"), await box("#people-button")];
      expect(name.width).toBeGreaterThan(width / 2);
      expect(button.height).toBeGreaterThanOrEqual(44);
      expect(button.width).toBeGreaterThanOrEqual(44);
      expect(Math.abs(button.y + button.height / 2 - (bar.y + bar.height / 2))).toBeLessThan(2);
      expect(button.x + button.width).toBeLessThanOrEqual(width);
      await ada.click("#people-button");
      for (const tool of ["#copy", "#theme"]) {
        const { x, width: wide, height } = await box(tool);
        expect(height).toBeGreaterThanOrEqual(44);
        expect(x + wide).toBeLessThanOrEqual(width);
      }
      await shoot(ada, `tools-${width}`);
      await ada.click("#theme");
      await ada.locator("#theme", { hasText: "Theme: light" }).waitFor();
      expect(await ada.locator("#people").isVisible()).toBe(true);
      expect(await ada.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    },
  );

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

  /** One that has been quiet for ten seconds sleeps already. */
  async function putToSleep(name: string): Promise<void> {
    await harness
      .getWorker()
      .evictDurableObject("CHAT", { name, webSockets: "hibernate" })
      .catch((error) => expect(String(error)).toContain("not currently running"));
  }

  /** Somebody who is in another object of a big room than Ada, and all who came in before: each is as likely here as there. */
  async function elsewhere(room: string): Promise<{ readonly bob: Page; readonly all: readonly Page[] }> {
    const all: Page[] = [];
    for (;;) {
      const bob = await enter(room, "Bob");
      all.push(bob);
      if (!(await names(bob)).includes("Ada")) return { bob, all };
    }
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

/** 1,500 messages in one turn: how often the page asked for its height, which costs a layout, meanwhile and then. */
const LONG_TALK = `(async () => {
  const { addMessage } = await import("/log.js");
  const scroll = document.querySelector("#scroll");
  const { get } = Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight");
  let layouts = 0;
  Object.defineProperty(scroll, "scrollHeight", { get: () => ((layouts += 1), get.call(scroll)) });
  const from = { id: "somebody", name: "Bob", said: 1 };
  for (let id = 0; id < 1500; id += 1) addMessage({ id: String(id), from, text: "message " + id, at: id }, false);
  const during = layouts;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return { during, after: layouts };
})()`;

/** Notes the first reason that the page gives for having no connection. */
const REASON = `{
  const shown = document.querySelector("#status-reason");
  globalThis.reason = new Promise((resolve) => {
    new MutationObserver(() => shown.textContent && resolve(shown.textContent)).observe(shown, { childList: true });
  });
  true;
}`;

/** The next reconnection waits for half a minute, or for somebody who does not. */
const SLOW_RETURN = `{ Math.random = () => 30; true; }`;

/** Has the page show a wait, for as long as it is looked at. */
const WAITING = `(async () => {
  const { showConnection } = await import("/view.js");
  showConnection({ kind: "waiting", until: Date.now() + 9000, why: "1012" });
})()`;

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

/** Runs in the page: what somebody sees of a control's words. */
function visibleText(control: Element): string {
  const walker = document.createTreeWalker(control, NodeFilter.SHOW_TEXT);
  let text = "";
  while (walker.nextNode()) {
    const { parentElement } = walker.currentNode;
    const { width } = parentElement!.getBoundingClientRect();
    if (width > 1 && !parentElement!.closest("[aria-hidden=true]")) text += walker.currentNode.textContent;
  }
  return text.replace(/\s+/g, " ").trim();
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}

/** Nothing on the page is against a rule of axe. */
async function clean(page: Page): Promise<void> {
  // By the protocol: the page's policy lets no script of others in.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  expect(found).toEqual([]);
}

/** What a screen reader is told. */
async function accessibleName(page: Page, control: Locator): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const handle = await control.elementHandle();
  await handle!.evaluate((element) => element.setAttribute("data-asked", ""));
  const { root: document } = await session.send("DOM.getDocument");
  const { nodeId } = await session.send("DOM.querySelector", { nodeId: document.nodeId, selector: "[data-asked]" });
  const { nodes } = await session.send("Accessibility.getPartialAXTree", { nodeId, fetchRelatives: false });
  await handle!.evaluate((element) => element.removeAttribute("data-asked"));
  await session.detach();
  return String(nodes[0]?.name?.value ?? "");
}

async function shoot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
}
