import { Hono } from "hono";
import { defineSocket, refuse } from "onesocket";
import { deflate } from "onesocket/deflate";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { answer, patient } from "../../cli/doctor/lab.ts";
import { bundle } from "../../client/page.ts";
import { type Driven, describeInBrowsers } from "../../helpers/browsers/index.ts";

const closes: string[] = [];
let opened = 0;

const chat = defineSocket({
  name: "chat",
  compression: deflate({ threshold: 0 }),
  upgrade: (request) => ({ state: { offered: request.headers.get("sec-websocket-protocol") ?? "" } }),
  open: () => void opened++,
  message: (socket, data) => socket.send(data),
  close: (_, { code, reason }) => void closes.push(`${code} ${reason}`),
  methods: { who: { handle: (socket) => socket.state.offered } },
});
const door = defineSocket({ name: "door", upgrade: () => refuse(4403, "banned") });

describeInBrowsers("the client", (name, launch) => {
  const open: { stop(): unknown }[] = [];
  let browser: Driven;
  let script: string;
  let server: NodeServer;

  beforeAll(async () => {
    [browser, script] = await Promise.all([launch(), bundle()]);
  });

  beforeEach(async () => {
    closes.length = 0;
    opened = 0;
    const app = new Hono();
    app.get("/page", (c) => {
      const connects = c.req.query("connects") === undefined ? "" : 'connect("/chat")';
      return c.html(`<!doctype html><title>page</title><script>${script}\n${connects}</script>`);
    });
    app.get("/chat", (c) => upgrade(c, chat));
    app.get("/door", (c) => upgrade(c, door));
    server = await serve(app, { port: 0, hostname: "127.0.0.1", observe: () => {} });
    await browser.goto(`${server.url.replace("ws", "http")}/page`);
  });

  afterEach(async () => {
    await browser.goto("about:blank");
    await server.close();
    for (const one of open.splice(0)) await one.stop();
  });

  afterAll(() => browser?.close());

  it("takes a URL of the page, offers its token, and speaks JSON-RPC", async () => {
    const seen = await browser.evaluate(async () => {
      const client = connect("/chat", { token: "abc" });
      return [await client.request("who"), client.protocol];
    });
    expect(seen).toEqual(["onesocket, bearer.abc", "onesocket"]);
  });

  it("carries text and bytes, compressed, in their order", async () => {
    const seen = await browser.evaluate(async () => {
      const client = connect("/chat");
      const sent = ["häi", "", new Uint8Array([0, 127, 255]), "x".repeat(1 << 20), "\ufeffhäi"];
      for (const message of sent) client.send(message);
      const came: unknown[] = [];
      for await (const message of client) {
        came.push(typeof message === "string" ? [message.length, message.slice(0, 4)] : [...message]);
        if (came.length === sent.length) break;
      }
      return came;
    });
    expect(seen).toEqual([
      [3, "häi"],
      [0, ""],
      [0, 127, 255],
      [1 << 20, "xxxx"],
      [4, "\ufeffhäi"],
    ]);
  });

  it("is done with when the server opens to close with a code of its own", async () => {
    const status = await browser.evaluate(async () => until(connect("/door"), "closed"));
    expect(status.failure).toMatchObject({ code: "CLOSED_BY_SERVER", closeCode: 4403, reason: "banned" });
  });

  it("hears of a drain, and the close hook of its code, whatever the browser makes of that", async () => {
    await browser.evaluate(async () => {
      const client = connect("/chat", { backoff: { spreadMs: 600_000 } });
      Object.assign(globalThis, { client });
      await until(client, "open");
    });
    const waiting = browser.evaluate(async () => {
      const { client } = globalThis as never as { client: never };
      return (await until(client, "waiting")).failure?.code;
    });
    expect(await server.drain({ reason: "deploy" })).toEqual({ sockets: 1, clean: 1, lost: 0 });
    // To libsoup, WebKitGTK's, 1012 is no code.
    expect(await waiting).toBe(name === "WebKitGTK" ? "ENDED_WITHOUT_CLOSE" : "CLOSED_BY_SERVER");
    expect(closes).toEqual(["1012 deploy"]);
  });

  it("tells 1001 when its page is left, and is there again when somebody goes back", async () => {
    const page = server.url.replace("ws", "http");
    await browser.goto(`${page}/page?connects`);
    await expect.poll(() => opened).toBe(1);
    await browser.goto(`${page}/page`);
    await expect.poll(() => closes.map((close) => close.slice(0, 4))).toEqual(["1001"]);
    // WebKit shows the page as it was, with its client; others make it anew.
    await browser.evaluate(() => void setTimeout(() => history.back()));
    await expect.poll(() => opened).toBe(2);
  });

  it.each([
    ["forbids all connections", () => "connect-src 'none'", "BLOCKED_BY_CSP"],
    ["allows the socket, and no plain request", (host: string) => `connect-src ws://${host}`, "NOT_TOLD"],
    ["puts the page into a sandbox", () => "sandbox allow-scripts", "NOT_TOLD"],
  ])("says what it may where a policy %s", async (_, policy, code) => {
    const sick = await patient((socket, { line, header }) => {
      const headers = `Content-Type: text/html\r\nContent-Security-Policy: ${policy(header("host"))}\r\n`;
      const page = line.startsWith("GET /page ");
      socket.end(page ? answer("200 OK", `<script>${script}</script>`, headers) : answer("401 Unauthorized"));
    });
    open.push(sick);
    await browser.goto(`http://${sick.host}/page`);
    const { failure } = await browser.evaluate(async () => until(connect("/"), "waiting", "closed"));
    // To WebKit, as to CSP 3, ws: stands for http: too.
    const asked = name === "WebKitGTK" && policy("").includes("ws:");
    expect([failure?.code, failure?.likely]).toEqual([code, asked ? "AUTH_REQUIRED" : undefined]);
  });

  it("says in a worker that the worker's policy forbids it, as far as that is told", async () => {
    const body = `${script}; until(connect("/"), "waiting", "closed").then(({ failure }) => postMessage(failure.code))`;
    const headers = "Content-Type: text/javascript\r\nContent-Security-Policy: connect-src 'none'\r\n";
    const site = await patient((socket, { line }) => {
      const worker = line.startsWith("GET /worker.js ");
      socket.end(worker ? answer("200 OK", body, headers) : answer("200 OK", "<p>page", "Content-Type: text/html\r\n"));
    });
    open.push(site);
    await browser.goto(`http://${site.host}/`);
    const code = await browser.evaluate(
      () =>
        new Promise((resolve) => {
          new Worker("/worker.js").onmessage = ({ data }) => resolve(data);
        }),
    );
    // WebKit tells a worker nothing of it, and throws.
    expect(code).toBe(name === "WebKitGTK" ? "BAD_URL" : "BLOCKED_BY_CSP");
  });
});
