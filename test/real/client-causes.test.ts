import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { answer, patient } from "../cli/doctor/lab.ts";
import { SICK } from "../cli/doctor/sicknesses.ts";
import { UNREACHED } from "../cli/doctor/unreached.ts";
import { each } from "../client/each.ts";
import { around, framed, toldIn } from "../client/frames.ts";
import { launchOpen, pageOf, reasonIn } from "../client/page.ts";
import { type Sick, told, toldElsewhere } from "../client/told.ts";
import { describeInBrowser } from "../helpers/browser.ts";
import { type Driven, describeInBrowsers } from "../helpers/browsers/index.ts";

/** How many are asked at a time. */
const AT_ONCE = 12;

const open: { stop(): unknown }[] = [];

async function stopAll(): Promise<void> {
  for (const one of open.splice(0)) await one.stop();
}

describeInBrowsers("of what the doctor names, a browser's client says", (name, launch) => {
  let browser: Driven;

  beforeAll(async () => {
    browser = await launch();
    const page = await around();
    open.push(page);
    await browser.goto(`http://${page.host}/`);
  });

  afterAll(async () => {
    await browser?.close();
    await stopAll();
  });

  /** What is said of each to the page of that server, by default its own; where several may be, that it is one of them. */
  async function said(expected: (sick: Sick, browser: typeof name) => string, host?: string): Promise<string[]> {
    let silent = 1;
    return each(SICK, AT_ONCE, async (sick) => {
      const [code, what, habit, option, value = ""] = sick;
      // Firefox has one handshake at a time with an address, whatever the port: behind one without an answer the others would run out of time.
      const address = code === "RESPONSE_TIMEOUT" ? `127.0.0.${++silent}` : undefined;
      const server = await framed(habit, address);
      open.push(server);
      const protocols = option === "--protocol" ? value.split(",") : [];
      const seen = await toldIn(browser, host ?? server.host, `ws://${server.host}/`, protocols);
      const may = expected(sick, name);
      return `${code}, ${what}: ${may.split(" or ").includes(seen) ? may : seen}`;
    });
  }

  it("to a page of the same origin what is right, or that it is not told", async () => {
    const expected = SICK.map((sick) => `${sick[0]}, ${sick[1]}: ${told(sick, name)}`);
    expect(await said(told)).toEqual(expected);
  }, 180_000);

  it("to a page of another origin that it is not told, unless it had opened", async () => {
    const other = await framed((socket) => void socket.end());
    open.push(other);
    const expected = SICK.map((sick) => `${sick[0]}, ${sick[1]}: ${toldElsewhere(sick, name)}`);
    expect(await said(toldElsewhere, other.host)).toEqual(expected);
  }, 180_000);
});

describeInBrowser("of what is on the way to a server, a browser's client says", () => {
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchOpen();
    context = await browser.newContext();
  });

  afterEach(stopAll);

  afterAll(() => browser?.close());

  async function said(origin: string, url: string, within = context): Promise<string | undefined> {
    const page = await pageOf(within, origin);
    const { failure } = await reasonIn(page, url, { openMs: 4_000 });
    await page.close();
    return failure?.code;
  }

  it("where there is no HTTP server at the other end, that plain HTTP fails too", async () => {
    const seen = await each(UNREACHED, AT_ONCE, async ({ cause, scheme, start }) => {
      const { host, stop } = await start();
      open.push({ stop });
      return `${cause}, ${scheme}: ${await said(`${scheme.replace("ws", "http")}://${host}`, `${scheme}://${host}/`)}`;
    });
    expect(seen).toEqual(UNREACHED.map(({ cause, scheme }) => `${cause}, ${scheme}: HTTP_FAILS_TOO`));
  });

  it.each([
    ["PROXY_AUTH_REQUIRED", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"\r\n'],
    ["PROXY_REFUSED", "405 Method Not Allowed", ""],
  ])("of %s, by a proxy that has plain requests pass, that it is not told", async (_, status, headers) => {
    const proxy = await patient(
      (socket, { line }) =>
        void socket.end(line.startsWith("CONNECT") ? answer(status, "", headers) : answer("200 OK")),
    );
    open.push(proxy);
    const behind = await browser.newContext({ proxy: { server: `http://${proxy.host}` } });
    expect(await said("http://server.example", "ws://server.example/", behind)).toBe("NOT_TOLD");
    await behind.close();
  });
});
