import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Hono } from "hono";
import { defineSocket, type SocketEvent } from "onesocket";
import { upgrade } from "onesocket/hono";
import { attach, serve } from "onesocket/node";
import { createServer as createVite } from "vite";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Http2Client } from "../../helpers/http2.ts";
import { openedAt as at } from "../../helpers/openings.ts";
import { RawClient } from "../../helpers/raw.ts";

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Answers each message with its own name. */
function named(name: string) {
  return defineSocket({ name, message: (socket) => void socket.send(name) });
}

const [one, other] = [named("one"), named("other")];
const app = new Hono()
  .get("/app", (c) => upgrade(c, named("app")))
  .notFound((c) => c.text("the app knows no such page", 404));

async function listening(server: Server | Http2Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(
    () => ("closeAllConnections" in server ? server.closeAllConnections() : undefined),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("several hosts on one server (H13)", () => {
  const shared = async (server = createServer()) => {
    attach(server, one, { path: "/one" });
    attach(server, other, { path: "/other" });
    return listening(server);
  };

  it("take what is theirs, and a path of none is answered 404, once", async () => {
    const url = await shared();
    expect(await at(url, "/one")).toBe("one");
    expect(await at(url, "/other?x=1")).toBe("other");
    expect(await at(url, "/unknown")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("leave the server nothing that keeps it from closing", async () => {
    const server = createServer();
    const url = await shared(server);
    await at(url, "/unknown");
    const closed = once(server, "close");
    server.close();
    await closed;
  });

  it("have a path before one that takes all, and a definition before an app that would answer 404", async () => {
    const server = createServer();
    attach(server, app);
    attach(server, one);
    attach(server, other, { path: "/other" });
    const url = await listening(server);
    expect(await at(url, "/other")).toBe("other");
    expect(await at(url, "/app")).toBe("app");
    expect(await at(url, "/whatever")).toBe("one");
  });

  it("answer with an app's own 404 where that is all that they have", async () => {
    const server = createServer();
    attach(server, one, { path: "/one" });
    attach(server, app);
    const url = await listening(server);
    expect(await at(url, "/unknown")).toBe("404 the app knows no such page");
    expect(await at(url, "/one")).toBe("one");
  });

  it("answer DRAINING for one that leaves, unless another takes its path", async () => {
    const server = createServer();
    const leaving = [attach(server, one, { path: "/one" }), attach(server, app)];
    attach(server, other, { path: "/other" });
    const url = await listening(server);
    for (const host of leaving) await host.drain();
    expect(await at(url, "/one")).toBe("503 DRAINING");
    expect(await at(url, "/unknown")).toBe("503 DRAINING");
    expect(await at(url, "/other")).toBe("other");
    const successor = attach(server, named("successor"), { path: "/one" });
    expect(await at(url, "/one")).toBe("successor");
    await successor.close();
    for (const host of leaving) await host.close();
    expect(await at(url, "/one")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("go one by one, and with the last of them all that was theirs", async () => {
    const server = createServer((_, response) => response.end("page"));
    const before = ["upgrade", "connection", "clientError"].map((event) => server.listeners(event));
    const hosts = [attach(server, one, { path: "/one" }), attach(server, other, { path: "/other" })];
    const url = await listening(server);
    await hosts[0]!.close();
    expect([await at(url, "/one"), await at(url, "/other")]).toEqual(["404 UNHANDLED_UPGRADE", "other"]);
    await hosts[1]!.close();
    expect(["upgrade", "connection", "clientError"].map((event) => server.listeners(event))).toEqual(before);
  });

  it("tell what none of them takes", async () => {
    const server = createServer();
    const events: SocketEvent[] = [];
    attach(server, one, { path: "/one", observe: (event) => void events.push(event) });
    await at(await listening(server), "/unknown");
    expect(events).toMatchObject([{ type: "refused", status: 404, failure: { code: "UNHANDLED_UPGRADE" } }]);
  });

  it("share the one that serve made, too", async () => {
    const { server, port, close } = await serve(one, { path: "/one", port: 0, hostname: "127.0.0.1" });
    open.push(close);
    attach(server, other, { path: "/other" });
    const url = `http://127.0.0.1:${port}`;
    expect([await at(url, "/one"), await at(url, "/other"), await at(url, "/x")]).toEqual([
      "one",
      "other",
      "404 UNHANDLED_UPGRADE",
    ]);
  });

  it("share one of HTTP/2", async () => {
    const server = createHttp2Server();
    attach(server, one, { path: "/one" });
    attach(server, app);
    attach(server, other, { path: "/other" });
    const client = await Http2Client.connect(await listening(server));
    open.push(() => client.session.destroy());
    for (const [path, name] of [
      ["/one", "one"],
      ["/other", "other"],
      ["/app", "app"],
    ] as const) {
      expect(await (await client.open(path)).ask("?")).toBe(name);
    }
    const { status, body } = await client.answer(client.handshake("/unknown"));
    expect([status, body]).toEqual([404, "the app knows no such page"]);
  });
});

describe("listeners of others on the same server", () => {
  /** Takes one path as `ws` does it, and says nothing of all others. */
  function hmr(server: Server, delay?: () => Promise<unknown>): Server {
    const sockets = new WebSocketServer({ noServer: true });
    sockets.on("connection", (socket) => socket.on("message", () => socket.send("hmr")));
    return server.on("upgrade", async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url !== "/hmr") return;
      if (delay) {
        socket.on("error", () => {});
        await delay();
      }
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client));
    });
  }

  const turn = () => new Promise((resolve) => setTimeout(resolve, 50));

  const CASES: readonly (readonly [string, (server: Server) => void])[] = [
    ["were there before us", (server) => attachAll(hmr(server))],
    ["came after us", (server) => hmr(attachAll(server))],
    ["were there before us, and take their time", (server) => attachAll(hmr(server, turn))],
    ["came after us, and take their time", (server) => hmr(attachAll(server), turn)],
  ];

  function attachAll(server: Server): Server {
    attach(server, app);
    attach(server, one, { path: "/one" });
    return server;
  }

  it.each(CASES)("that %s have what is theirs, and we what is ours", async (_, prepare) => {
    const server = createServer();
    prepare(server);
    const url = await listening(server);
    const answers = await Promise.all(["/hmr", "/one", "/app", "/hmr"].map((path) => at(url, path)));
    expect(answers).toEqual(["hmr", "one", "app", "hmr"]);
  });

  it("have what is theirs before a definition that takes all", async () => {
    const server = createServer();
    attach(server, one);
    hmr(server);
    const url = await listening(server);
    expect([await at(url, "/hmr"), await at(url, "/whatever")]).toEqual(["hmr", "one"]);
  });

  it("that come with the first request have what is theirs from then on", async () => {
    const server = createServer((_, response) => {
      if (server.listenerCount("upgrade") === 1) hmr(server);
      response.end("page");
    });
    attachAll(server);
    const url = await listening(server);
    expect(await at(url, "/hmr")).toBe("404 the app knows no such page");
    await (await fetch(url)).text();
    expect([await at(url, "/hmr"), await at(url, "/one")]).toEqual(["hmr", "one"]);
  });

  it("get all that was sent meanwhile, though an app of ours was asked first", async () => {
    const server = createServer();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    attach(server, {
      async fetch() {
        asked.resolve();
        await answer.promise;
        return new Response("none", { status: 404 });
      },
    });
    const taken = Promise.withResolvers<[Socket, Buffer]>();
    server.on("upgrade", (_, socket: Socket, head: Buffer) => taken.resolve([socket, head]));
    const client = await RawClient.connect(await listening(server));
    client.handshake({ path: "/theirs" }, Buffer.from("one "));
    await asked.promise;
    client.write(Buffer.from("two "));
    await turn();
    answer.resolve();
    await turn();
    const [socket, head] = await taken.promise;
    let heard = head.toString();
    socket.on("data", (chunk) => {
      heard += chunk;
      if (heard.endsWith("three")) socket.end(`HTTP/1.1 418 ${heard.length}\r\nContent-Length: 0\r\n\r\n`);
    });
    client.write(Buffer.from("three"));
    expect((await client.response()).status).toBe(418);
    expect(heard).toBe("one two three");
  });

  it("that take nothing leave an answer of 404 to us, once they had their time", async () => {
    const server = createServer();
    attach(server, one, { path: "/one" });
    hmr(server);
    expect(await at(await listening(server), "/unknown")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("that end the connection have the last word", async () => {
    const server = createServer();
    attach(server, one, { path: "/one" });
    server.on("upgrade", (_, socket: Socket) => socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
    expect(await at(await listening(server), "/unknown")).toBe("403 ");
  });
});

describe("Vite's development server", () => {
  it.each(["a path", "no path"])("has its reloads, and a definition with %s its sockets", async (which) => {
    const vite = await createVite({ configFile: false, logLevel: "silent", server: { port: 0, host: "127.0.0.1" } });
    open.push(() => vite.close());
    const { httpServer, config } = vite;
    attach(httpServer as Server, one, which === "a path" ? { path: "/one" } : {});
    await vite.listen();
    const url = `http://127.0.0.1:${(httpServer!.address() as AddressInfo).port}`;
    const reloads = new WebSocket(`${url.replace("http", "ws")}/?token=${config.webSocketToken}`, "vite-hmr");
    const [hello] = await once(reloads, "message");
    expect(JSON.parse(String(hello))).toEqual({ type: "connected" });
    expect(await at(url, "/one")).toBe("one");
    const h2c = await RawClient.connect(url);
    h2c.handshake({ path: "/unknown.js", headers: { upgrade: "h2c", "sec-websocket-key": null } });
    expect((await h2c.response()).status).toBe(404);
    h2c.end();
    reloads.terminate();
  });
});
