import type { Socket } from "node:net";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { defineSocket } from "../../src/index.ts";
import { type Ask, answer, type Habit, patient, switching } from "../cli/doctor/lab.ts";
import { bundle, launchOpen, pageOf, reasonIn } from "../client/page.ts";
import { Peer, Tunnel } from "../client/peer.ts";
import { describeInBrowser } from "../helpers/browser.ts";

const open: { stop(): unknown }[] = [];

function says(status: string, body = "", headers = ""): Habit {
  return (socket) => void socket.end(answer(status, body, headers));
}

/** To a handshake a 101 with these headers changed, to a plain request 426. */
function changed(headers: Readonly<Record<string, string | null>>): Habit {
  return (socket: Socket, ask: Ask) =>
    void socket.end(ask.header("upgrade") ? switching(ask, headers) : answer("426 Upgrade Required"));
}

/**
 * What is sick, with what a browser's client says of it to a page of the same origin, and what is no more than likely. All that the doctor
 * knows is asked for in client-causes.test.ts; here are some of each kind, and those whose server answers a plain request as one that is well.
 */
const SICK: readonly (readonly [what: string, habit: Habit, code: string, likely?: string])[] = [
  ["answers 401", says("401 Unauthorized"), "NOT_TOLD", "AUTH_REQUIRED"],
  ["redirects", says("302 Found", "", "Location: https://elsewhere.example/\r\n"), "NOT_TOLD", "REDIRECTED"],
  ["names itself", says("503 x", "", "onesocket-failure: DRAINING\r\n"), "DRAINING"],
  ["never answers", () => {}, "NOT_TOLD"],
  ["ends without a word", (socket) => socket.end(), "HTTP_FAILS_TOO"],
  ["has a wrong Accept", changed({ "Sec-WebSocket-Accept": "x" }), "NOT_TOLD"],
  ["has no Accept", changed({ "Sec-WebSocket-Accept": null }), "NOT_TOLD"],
  ["has no Upgrade in its 101", changed({ Upgrade: null }), "NOT_TOLD"],
  ["has no Connection in its 101", changed({ Connection: null }), "NOT_TOLD"],
  ["names a subprotocol unasked", changed({ "Sec-WebSocket-Protocol": "x" }), "NOT_TOLD"],
  ["names an extension unasked", changed({ "Sec-WebSocket-Extensions": "x" }), "NOT_TOLD"],
];

describeInBrowser("what a browser's client says", () => {
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchOpen();
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
    for (const one of open.splice(0).reverse()) await one.stop();
  });

  async function host(definition: Parameters<typeof serve>[0]): Promise<NodeServer> {
    const server = await serve(definition, { port: 0, hostname: "127.0.0.1", observe: () => {} });
    open.push({ stop: () => server.close() });
    return server;
  }

  it("to a page of the same origin is what is known of each that is sick, or that it is not told", async () => {
    const seen: unknown[] = [];
    for (const [what, habit] of SICK) {
      const server = await patient(habit);
      open.push(server);
      const page = await pageOf(context, `http://${server.host}`);
      const { failure } = await reasonIn(page, "/socket?ticket=secret", { openMs: 3_000 });
      expect(JSON.stringify(failure)).not.toContain("secret");
      seen.push([what, failure?.code, failure?.likely]);
      await page.close();
    }
    expect(seen).toEqual(SICK.map(([what, , code, likely]) => [what, code, likely]));
  });

  it("to a page of another origin is no more than it may know; one plain request is made, without credentials", async () => {
    const page = await pageOf(context, "http://page.example");
    const seen: unknown[] = [];
    for (const [what, habit] of SICK) {
      const heads: string[] = [];
      const server = await patient((socket, ask, behind) => {
        if (!ask.header("upgrade")) heads.push(ask.head);
        habit(socket, ask, behind);
      });
      open.push(server);
      await context.addCookies([{ name: "session", value: "1", url: `http://${server.host}` }]);
      const { failure } = await reasonIn(page, `ws://${server.host}/`, { openMs: 3_000 });
      // Chromium itself asks once more where a connection ends without an answer.
      expect(new Set(heads).size, what).toBeLessThanOrEqual(1);
      expect(
        heads.filter((head) => !head.startsWith("GET / ") || /^(cookie|access-control-request)/im.test(head)),
      ).toEqual([]);
      seen.push([what, failure?.code, failure?.likely]);
    }
    expect(seen).toEqual(SICK.map(([what]) => [what, "NOT_TOLD", undefined]));
  });

  it("is what a server of ours tells: that a page's origin is refused, with the line to add, or that there is no place", async () => {
    const shut = await host(defineSocket({ name: "shut" }));
    const full = await host(defineSocket({ name: "full", origins: "*", limits: { connections: 1 } }));
    const page = await pageOf(context, "http://page.example");
    const refused = await reasonIn(page, shut.url);
    expect(refused.failure).toMatchObject({ code: "ORIGIN_REJECTED", status: 403 });
    expect(refused.failure?.fix).toContain("origins");
    await page.evaluate(async (url) => void (await until(connect(url), "open")), full.url);
    expect((await reasonIn(page, full.url)).failure).toMatchObject({
      code: "OVERLOADED",
      status: 503,
      retryAfterMs: 5_000,
    });
  });

  it("is not what upgrade answered, which no browser tells, unless it opens to close", async () => {
    const upgrade = () => new Response("who are you?", { status: 401 });
    const { url } = await host(defineSocket({ name: "guarded", upgrade }));
    const page = await pageOf(context, url.replace("ws", "http"));
    const { failure } = await reasonIn(page, "/");
    expect(failure).toMatchObject({ code: "NOT_TOLD" });
    expect(failure?.likely).toBeUndefined();
  });

  it("is that the page's policy forbids it, or that the device is offline", async () => {
    const server = await Peer.start();
    open.push(server);
    const policy = { "content-security-policy": "connect-src 'none'" };
    const bound = await pageOf(context, `http://127.0.0.1:${server.port}`, policy);
    expect((await reasonIn(bound, "/")).failure?.code).toBe("BLOCKED_BY_CSP");
    const page = await pageOf(context, `http://127.0.0.1:${server.port}`);
    await context.setOffline(true);
    expect((await reasonIn(page, "/")).failure?.code).toBe("OFFLINE");
  });

  it.each([
    ["is forbidden by the page's policy, which allows the socket", (host: string) => `connect-src ws://${host}`],
    ["is kept from a page in a sandbox", () => "sandbox allow-scripts"],
  ])("is not told where the plain request %s", async (_, policy) => {
    const server = await patient(says("401 Unauthorized"));
    open.push(server);
    const headers = { "content-security-policy": policy(server.host) };
    const page = await pageOf(context, `http://${server.host}`, headers);
    const { failure } = await reasonIn(page, "/", { openMs: 3_000 });
    expect([failure?.code, failure?.likely]).toEqual(["NOT_TOLD", undefined]);
  });

  it.each([
    ["500 x", "connecting"],
    ["401 x", "waiting"],
    ["403 x", "waiting"],
  ])(
    "of %s makes it %s when the page is looked at: a server that refuses is not asked sooner",
    async (status, state) => {
      const server = await patient(says(status));
      open.push(server);
      const page = await pageOf(context, `http://${server.host}`);
      const after = await page.evaluate(async () => {
        const client = connect("/", { backoff: { firstMs: 2e9, longestMs: 2e9 } });
        await until(client, "waiting");
        // As the HTML standard has it: at the document, from where it comes up.
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve));
        const { state } = client.status;
        client.close();
        return state;
      });
      expect(after).toBe(state);
    },
  );

  it("in a worker is that the worker's policy forbids it", async () => {
    const server = await Peer.start();
    open.push(server);
    const origin = `http://127.0.0.1:${server.port}`;
    const page = await pageOf(context, origin);
    const body = `${await bundle()}; until(connect("/"), "waiting").then(({ failure }) => postMessage(failure.code))`;
    const headers = { "content-security-policy": "connect-src 'none'" };
    await page.route(`${origin}/worker.js`, (route) =>
      route.fulfill({ contentType: "text/javascript", headers, body }),
    );
    const code = await page.evaluate(
      () =>
        new Promise((resolve) => {
          new Worker("/worker.js").onmessage = ({ data }) => resolve(data);
        }),
    );
    expect(code).toBe("BLOCKED_BY_CSP");
  });

  it("is that a ping was not answered, when a connection looks open and is dead, and it comes back", async () => {
    const server = await Peer.start((socket, text) => text === "ping" && socket.send("pong"));
    const tunnel = await Tunnel.to(server.port);
    open.push(server, tunnel);
    const page = await pageOf(context, tunnel.url.replace("ws", "http"));
    const dead = page.evaluate(async () => {
      const heartbeat = { everyMs: 50, timeoutMs: 200, text: { ping: "ping", pong: "pong" } };
      const client = connect("/", { heartbeat, openMs: 3_000 });
      Object.assign(globalThis, { client });
      return (await until(client, "waiting")).failure?.code;
    });
    await server.until(() => server.texts.length > 3);
    tunnel.frozen = true;
    expect(await dead).toBe("PING_TIMEOUT");
    tunnel.frozen = false;
    await page.evaluate(async () => void (await until((globalThis as never as { client: never }).client, "open")));
  });
});
