import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { answer, patient } from "../cli/doctor/lab.ts";
import { SICK } from "../cli/doctor/sicknesses.ts";
import { UNREACHED } from "../cli/doctor/unreached.ts";
import { each } from "../client/each.ts";
import { launchOpen, pageOf } from "../client/page.ts";
import { describeInBrowser } from "../helpers/browser.ts";

/**
 * What a browser's client says, to a page of the same origin, of what the doctor names otherwise: by the doctor's code, or by how the server
 * behaves where that makes a difference. `opens`: Chromium takes it as it is.
 */
const TOLD: Readonly<Record<string, string>> = {
  CLOSED_BEFORE_RESPONSE: "HTTP_FAILS_TOO",
  // Its status line is a good one, and Chromium takes the rest as it came.
  "ends within the head": "NOT_TOLD",
  RESPONSE_TIMEOUT: "NOT_TOLD",
  NOT_HTTP: "HTTP_FAILS_TOO",
  "ends its lines with LF": "opens",
  "has a space before a colon": "opens",
  STATUS_NOT_101: "NOT_TOLD",
  "answers 500": "NOT_TOLD, likely STATUS_NOT_101",
  "answers 502 as a gateway": "NOT_TOLD, likely STATUS_NOT_101",
  HTML_FALLBACK: "NOT_TOLD, likely HTML_FALLBACK",
  "answers with a page and no type": "NOT_TOLD",
  REDIRECTED: "NOT_TOLD, likely REDIRECTED",
  AUTH_REQUIRED: "NOT_TOLD, likely AUTH_REQUIRED",
  FORBIDDEN: "NOT_TOLD, likely FORBIDDEN",
  NO_ROUTE: "NOT_TOLD, likely NO_ROUTE",
  UPGRADE_STRIPPED: "NOT_TOLD",
  "names itself behind a page": "UPGRADE_STRIPPED",
  CONNECTION_NO_UPGRADE: "NOT_TOLD",
  VERSION_UNSUPPORTED: "NOT_TOLD",
  SUBPROTOCOL_NO_MATCH: "NOT_TOLD",
  ORIGIN_REJECTED: "ORIGIN_REJECTED",
  "wants an Origin": "opens",
  // To a plain request of its own origin a browser adds none.
  "does not want this Origin": "NOT_TOLD",
  ACCEPT_MISSING: "NOT_TOLD",
  ACCEPT_MISMATCH: "NOT_TOLD",
  RESPONSE_UPGRADE_BAD: "NOT_TOLD",
  RESPONSE_CONNECTION_BAD: "NOT_TOLD",
  SUBPROTOCOL_UNREQUESTED: "NOT_TOLD",
  SUBPROTOCOL_UNANSWERED: "NOT_TOLD",
  SUBPROTOCOL_MISMATCH: "NOT_TOLD",
  EXTENSION_UNREQUESTED: "NOT_TOLD",
  // Chromium always asks for it.
  "compresses unasked": "opens",
  EXTENSION_PARAMS_BAD: "NOT_TOLD",
  EXTENSION_MALFORMED: "NOT_TOLD",
  CONNECTION_LIST_REFUSED: "opens",
  SWITCH_THEN_FIN: "ENDED_WITHOUT_CLOSE",
  HTTP_AFTER_101: "ENDED_WITHOUT_CLOSE",
  FRAME_MASKED: "ENDED_WITHOUT_CLOSE",
  RSV_UNEXPECTED: "ENDED_WITHOUT_CLOSE",
  OPCODE_INVALID: "ENDED_WITHOUT_CLOSE",
  CONTROL_TOO_LONG: "ENDED_WITHOUT_CLOSE",
  CONTROL_FRAGMENTED: "ENDED_WITHOUT_CLOSE",
  CONTINUATION_UNEXPECTED: "ENDED_WITHOUT_CLOSE",
  LENGTH_NOT_MINIMAL: "ENDED_WITHOUT_CLOSE",
  INVALID_UTF8: "ENDED_WITHOUT_CLOSE",
  CLOSE_CODE_INVALID: "ENDED_WITHOUT_CLOSE",
  // It is the client here that closes.
  CLOSE_PAYLOAD_SHORT: "opens",
  POLICY: "CLOSED_BY_SERVER 1008",
  CLOSED_BY_SERVER: "CLOSED_BY_SERVER 1011",
  "closes with 4403": "CLOSED_BY_SERVER 4403",
  INTERNAL: "CLOSED_BY_SERVER 1011",
  GOING_AWAY: "CLOSED_BY_SERVER 1001",
  SLOW_CONSUMER: "CLOSED_BY_SERVER 1013",
  IDLE_CUT: "ENDED_WITHOUT_CLOSE",
};

/** How many pages are open at a time. */
const PAGES = 6;

describeInBrowser("of what the doctor names, a browser's client says", () => {
  let browser: Browser;
  let context: BrowserContext;
  const open: { stop(): unknown }[] = [];

  beforeAll(async () => {
    browser = await launchOpen();
    context = await browser.newContext();
  });

  afterEach(async () => {
    for (const one of open.splice(0)) await one.stop();
  });

  afterAll(() => browser?.close());

  /** In a page of this origin: the code, with what it is likely to be or was closed with; "opens" where it stays open. */
  async function said(origin: string, url: string, protocols: string[] = [], within = context): Promise<string> {
    const page = await pageOf(within, origin);
    const told = await page.evaluate(
      async ([target, offered]) => {
        const client = connect(target, { openMs: 4_000, protocols: offered });
        client.send("hello");
        let { state, failure } = await until(client, "waiting", "closed", "open");
        // The slowest falls silent after a second and a half.
        const stays = new Promise<typeof client.status>((resolve) => setTimeout(resolve, 4_000, { state: "open" }));
        if (state === "open") ({ failure } = await Promise.race([until(client, "waiting", "closed"), stays]));
        client.close();
        if (!failure) return "opens";
        const { code, likely, closeCode } = failure;
        return closeCode ? `${code} ${closeCode}` : likely ? `${code}, likely ${likely}` : code;
      },
      [url, protocols] as const,
    );
    await page.close();
    return told;
  }

  async function ofSick(sick: (typeof SICK)[number], origin?: string): Promise<string> {
    const [code, what, habit, option, value = ""] = sick;
    const { host, stop } = await patient(habit);
    open.push({ stop });
    const protocols = option === "--protocol" ? value.split(",") : [];
    return `${code}, ${what}: ${await said(origin ?? `http://${host}`, `ws://${host}/`, protocols)}`;
  }

  const told = ([code, what]: (typeof SICK)[number]) => TOLD[what] ?? TOLD[code];

  it("to a page of the same origin what is right, or that it is not told", async () => {
    const expected = SICK.map((sick) => `${sick[0]}, ${sick[1]}: ${told(sick)}`);
    expect(await each(SICK, PAGES, (sick) => ofSick(sick))).toEqual(expected);
  }, 180_000);

  it("to a page of another origin that it is not told, unless it had opened", async () => {
    const expected = SICK.map((sick) => {
      const opened = /^(opens|ENDED|CLOSED)/.test(`${told(sick)}`);
      return `${sick[0]}, ${sick[1]}: ${opened ? told(sick) : "NOT_TOLD"}`;
    });
    expect(await each(SICK, PAGES, (sick) => ofSick(sick, "http://page.example"))).toEqual(expected);
  }, 180_000);

  it("where there is no HTTP server at the other end, that plain HTTP fails too", async () => {
    const seen = await each(UNREACHED, PAGES, async ({ cause, scheme, start }) => {
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
    expect(await said("http://server.example", "ws://server.example/", [], behind)).toBe("NOT_TOLD");
    await behind.close();
  });
});
