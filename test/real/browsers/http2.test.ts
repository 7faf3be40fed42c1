import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { deflate } from "onesocket/deflate";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Driven, describeInBrowsers } from "../../helpers/browsers/index.ts";
import { certificate } from "../../helpers/certificate.ts";

const echo = defineSocket({
  name: "echo",
  protocols: ["v2"],
  compression: deflate({ threshold: 0 }),
  upgrade: (request) => ({ state: { cookie: request.headers.get("cookie") } }),
  message: (socket, data) => socket.send(data === "cookie" ? `${socket.state.cookie}` : data),
});

const app = new Hono();
app.get("/", (c) => {
  c.header("set-cookie", "name=Ada");
  return c.html("<!doctype html><title>page</title>");
});
app.get("/echo", (c) => upgrade(c, echo));

describeInBrowsers("at a server that has HTTP/2, a browser's own WebSocket", (name, launch) => {
  const versions: (string | undefined)[] = [];
  let browser: Driven;
  let server: NodeServer;

  beforeAll(async () => {
    browser = await launch({ insecure: true });
    server = await serve(app, {
      port: 0,
      hostname: "127.0.0.1",
      tls: certificate(),
      http2: true,
      observe: (event) => void (event.type === "accepted" && versions.push(event.handshake.httpVersion)),
    });
    await browser.goto(`https://127.0.0.1:${server.port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("negotiates, and carries text and the page's cookie, by an extended CONNECT where it has that", async () => {
    const seen = await browser.evaluate(() => {
      const ws = new WebSocket(`wss://${location.host}/echo`, ["v1", "v2"]);
      const replies: number[] = [];
      ws.onopen = () => {
        for (const text of ["häi", "cookie", "x".repeat(1 << 20)]) ws.send(text);
      };
      ws.onmessage = ({ data }) => {
        replies.push(data.length);
        if (replies.length === 3) ws.close(4000, "done");
      };
      return new Promise((resolve) => {
        ws.onclose = ({ code, wasClean }) =>
          resolve({ replies, code, wasClean, protocol: ws.protocol, extensions: ws.extensions });
      });
    });
    const extensions = "permessage-deflate";
    expect(seen).toEqual({ replies: [3, 8, 1 << 20], code: 4000, wasClean: true, protocol: "v2", extensions });
    // libsoup has it not.
    expect(versions).toEqual([name === "WebKitGTK" ? "1.1" : "2.0"]);
  });
});
