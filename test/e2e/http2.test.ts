import { Hono } from "hono";
import { defineSocket, refuse, type SocketEvent } from "onesocket";
import { deflate } from "onesocket/deflate";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launch } from "../helpers/browser.ts";
import { certificate } from "../helpers/certificate.ts";

const echo = defineSocket({
  name: "echo",
  protocols: ["v2"],
  compression: deflate({ threshold: 0 }),
  upgrade: (request) => (request.headers.get("cookie") ? undefined : new Response("sign in", { status: 401 })),
  message: (socket, data) => (data === "go" ? socket.close(4001, "gone") : socket.send(data)),
});
const door = defineSocket({ name: "door", protocols: ["v2"], upgrade: () => refuse(4403, "banned") });

const app = new Hono();
app.get("/", (c) => {
  c.header("set-cookie", "name=Ada");
  return c.html("<!doctype html><title>page</title>");
});
app.get("/echo", (c) => upgrade(c, echo));
app.get("/door", (c) => upgrade(c, door));

/** Runs in the page: what a WebSocket is told, and how it closes. */
async function talk({ path, messages }: { path: string; messages: (string | number[])[] }): Promise<unknown> {
  const ws = new WebSocket(`wss://${location.host}${path}`, ["v1", "v2"]);
  ws.binaryType = "arraybuffer";
  const replies: unknown[] = [];
  ws.onopen = () => {
    for (const data of messages) ws.send(typeof data === "string" ? data : new Uint8Array(data));
  };
  ws.onmessage = ({ data }) => {
    replies.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    if (replies.length === messages.length) ws.close(4000, "done");
  };
  return new Promise((resolve) => {
    ws.onclose = ({ code, reason, wasClean }) =>
      resolve({ protocol: ws.protocol, extensions: ws.extensions, replies, code, reason, wasClean });
  });
}

describeInBrowser("Chromium, over HTTP/2", () => {
  const tls = certificate();
  let browser: Browser;
  let server: NodeServer;
  let page: Page;
  let accepted: (string | undefined)[] = [];
  const observe = (event: SocketEvent) => {
    if (event.type === "accepted") accepted.push(event.handshake.httpVersion);
  };

  beforeAll(async () => {
    browser = await launch("--ignore-certificate-errors");
  });

  beforeEach(async () => {
    accepted = [];
    server = await serve(app, { port: 0, hostname: "127.0.0.1", tls, http2: true, observe });
    page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  });

  afterEach(async () => {
    await page.context().close();
    await server.close();
  });

  afterAll(() => browser?.close());

  /** Chromium sends an extended CONNECT only where it has an HTTP/2 connection already. */
  const enter = () => page.goto(`https://127.0.0.1:${server.port}/`);

  it("opens a WebSocket in an extended CONNECT, negotiates, and carries text and bytes", async () => {
    await enter();
    const large = "x".repeat(1 << 20);
    const seen = await page.evaluate(talk, { path: "/echo", messages: ["häi", [0, 127, 255], large] });
    expect(seen).toMatchObject({ protocol: "v2", code: 4000, wasClean: true });
    expect(seen).toMatchObject({ replies: ["häi", [0, 127, 255], large] });
    expect(seen).toMatchObject({ extensions: expect.stringMatching(/^permessage-deflate/) });
    expect(accepted).toEqual(["2.0"]);
  });

  it("has several at once", async () => {
    await enter();
    const talks = ["a", "b", "c"].map((text) => page.evaluate(talk, { path: "/echo", messages: [text] }));
    const replies = ["a", "b", "c"].map((text) => expect.objectContaining({ replies: [text], code: 4000 }));
    expect(await Promise.all(talks)).toEqual(replies);
    expect(accepted).toEqual(["2.0", "2.0", "2.0"]);
  });

  it("is told the server's code and reason", async () => {
    await enter();
    const closed = await page.evaluate(talk, { path: "/echo", messages: ["go", "late"] });
    expect(closed).toMatchObject({ code: 4001, reason: "gone", wasClean: true });
    const refused = await page.evaluate(talk, { path: "/door", messages: [] });
    expect(refused).toMatchObject({ code: 4403, reason: "banned", wasClean: true });
  });

  it("takes a refusal, and the 200 of a page, for no WebSocket", async () => {
    await enter();
    const page200 = await page.evaluate(talk, { path: "/", messages: ["x"] });
    await page.context().clearCookies();
    const refused = await page.evaluate(talk, { path: "/echo", messages: ["x"] });
    for (const seen of [page200, refused]) expect(seen).toMatchObject({ replies: [], code: 1006, wasClean: false });
    expect(accepted).toEqual([]);
  });

  it("sees the server drain", async () => {
    await enter();
    const open = page.evaluate(() => {
      const ws = new WebSocket(`wss://${location.host}/echo`);
      return new Promise((resolve) => {
        ws.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
      });
    });
    await expect.poll(() => accepted).toEqual(["2.0"]);
    expect(await server.drain({ reason: "deploy" })).toEqual({ sockets: 1, clean: 1, lost: 0 });
    expect(await open).toEqual({ code: 1012, reason: "deploy", wasClean: true });
  });
});
