import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { Hono } from "hono";
import { defineSocket, type SocketEvent } from "onesocket";
import { upgrade } from "onesocket/hono";
import { type AttachOptions, attach } from "onesocket/node";
import { handler } from "onesocket/node/handler";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Client } from "../../helpers/client.ts";
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

const quiet: AttachOptions = { observe: () => {} };
const app = () =>
  new Hono()
    .get("/app", (c) => upgrade(c, named("app")))
    .get("/page", (c) => c.text("a page"))
    .notFound((c) => c.text("the app knows no such page", 404));

function handlerOf(target: Parameters<typeof handler>[0], options: AttachOptions = {}) {
  const made = handler(target, { ...quiet, ...options });
  open.push(() => made.close());
  return made;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("upgrade", () => {
  it("opens the socket of a handshake that its owner passes on, and answers others once", async () => {
    const sockets = handlerOf(named("mine"), { path: "/mine" });
    const server = createServer().on("upgrade", sockets.upgrade);
    const url = await listening(server);
    expect(await at(url, "/mine?x")).toBe("mine");
    expect(await at(url, "/unknown")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("leaves it to the owner which ones are passed on", async () => {
    const sockets = handlerOf(named("mine"));
    const server = createServer().on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url === "/mine") sockets.upgrade(request, socket, head);
      else socket.end("HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n");
    });
    const url = await listening(server);
    expect(await at(url, "/mine")).toBe("mine");
    expect(await at(url, "/other")).toBe("418 ");
  });

  it("asks an app's routes", async () => {
    const server = createServer().on("upgrade", handlerOf(app()).upgrade);
    const url = await listening(server);
    expect(await at(url, "/app")).toBe("app");
    expect(await at(url, "/unknown")).toBe("404 the app knows no such page");
  });

  it("gets what came behind the handshake", async () => {
    const sockets = handlerOf(named("mine"));
    // Without a head, as an owner may call it.
    const server = createServer().on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      sockets.upgrade(request, socket);
    });
    const client = await RawClient.connect(await listening(server));
    client.handshake({}, Buffer.of(0x81, 0x81, 0, 0, 0, 0, 0x61));
    await client.response();
    expect(await client.text()).toBe("mine");
    client.end();
  });

  it("gives an upgrade to another protocol back to the server, as a plain request", async () => {
    const server = createServer((_, response) => response.end("a page"));
    for (const path of ["/a", "/b"]) server.on("upgrade", handlerOf(named(path), { path }).upgrade);
    const client = await RawClient.connect(await listening(server));
    client.handshake({ path: "/a", headers: { upgrade: "h2c", "sec-websocket-key": null } });
    expect((await client.response()).body).toBe("a page");
    client.end();
  });

  it.each([
    [
      "a response, as a route has it",
      (upgrade: (...given: never[]) => void, server: Server) =>
        server.on("request", (request, response) => {
          try {
            upgrade(request as never, response as never);
          } catch (error) {
            response.end(String(error));
          }
        }),
    ],
  ] as const)("throws for %s, and says what to write", async (_, prepare) => {
    const server = createServer();
    prepare(handlerOf(named("mine")).upgrade, server);
    const answer = await (await fetch(await listening(server))).text();
    expect(answer).toContain('server.on("upgrade", sockets.upgrade)');
  });

  it.each([
    ["/", "101"],
    ["/elsewhere", "404"],
  ])("takes a connection that is no TCP socket, and answers for %s with %s", async (path, status) => {
    const server = createServer().on("upgrade", handlerOf(named("no TCP"), { path: "/" }).upgrade);
    const [client, served] = duplexPair();
    server.emit("connection", served);
    const lines = ["Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    client.write(
      `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect(String((await once(client, "data"))[0])).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const stream of [client, served]) stream.destroy();
  });

  it("throws for what is no upgrade at all", () => {
    const { upgrade } = handlerOf(named("mine"));
    for (const given of [[], [new Request("http://localhost/")], [{}, {}, new Uint8Array(0)]]) {
      expect(() => (upgrade as (...some: unknown[]) => void)(...given)).toThrow(TypeError);
    }
  });
});

describe("several handlers on one server (H13)", () => {
  const both = () => ({ a: handlerOf(named("a"), { path: "/a" }), b: handlerOf(named("b"), { path: "/b" }) });

  it("that listen each share it, and a path of none is answered 404, once", async () => {
    const { a, b } = both();
    const url = await listening(createServer().on("upgrade", a.upgrade).on("upgrade", b.upgrade));
    expect([await at(url, "/a"), await at(url, "/b")]).toEqual(["a", "b"]);
    expect(await at(url, "/unknown")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("that are called one after the other share it, and a path of none is answered at once", async () => {
    const { a, b } = both();
    const server = createServer().on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      a.upgrade(request, socket, head);
      b.upgrade(request, socket, head);
    });
    const url = await listening(server);
    expect([await at(url, "/a"), await at(url, "/b")]).toEqual(["a", "b"]);
    expect(await at(url, "/unknown")).toBe("404 UNHANDLED_UPGRADE");
  });

  it("leave a socket alone that one of them has opened before the others were called", async () => {
    const { a, b } = both();
    const called = Promise.withResolvers<void>();
    const server = createServer().on("upgrade", async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      a.upgrade(request, socket, head);
      await once(client, "open");
      b.upgrade(request, socket, head);
      // What it would answer, it answers in the next turn.
      setTimeout(called.resolve, 1);
    });
    const url = await listening(server);
    const client = new WebSocket(`${url.replace("http", "ws")}/a`);
    await called.promise;
    client.send("hello");
    expect(String((await once(client, "message"))[0])).toBe("a");
    client.close(4000);
    expect((await once(client, "close"))[0]).toBe(4000);
  });

  it("have a path before one that takes all, and a definition after an app that has no such route", async () => {
    const server = createServer();
    for (const host of [handlerOf(app()), handlerOf(named("all")), handlerOf(named("b"), { path: "/b" })])
      server.on("upgrade", host.upgrade);
    const url = await listening(server);
    expect([await at(url, "/b"), await at(url, "/app"), await at(url, "/whatever")]).toEqual(["b", "app", "all"]);
  });

  it("share it with hosts that are attached", async () => {
    const server = createServer();
    const attached = attach(server, app(), quiet);
    open.push(() => attached.close());
    server.on("upgrade", handlerOf(named("a"), { path: "/a" }).upgrade);
    server.on("upgrade", handlerOf(named("all")).upgrade);
    const url = await listening(server);
    expect([await at(url, "/a"), await at(url, "/app"), await at(url, "/whatever")]).toEqual(["a", "app", "all"]);
  });

  it("answer DRAINING for one that leaves, unless another takes its path", async () => {
    const { a, b } = both();
    const server = createServer().on("upgrade", a.upgrade).on("upgrade", b.upgrade);
    const url = await listening(server);
    await a.drain();
    expect([await at(url, "/a"), await at(url, "/b")]).toEqual(["503 DRAINING", "b"]);
    await a.close();
    server.on("upgrade", handlerOf(named("successor"), { path: "/a" }).upgrade);
    expect(await at(url, "/a")).toBe("successor");
  });
});

describe("fetch", () => {
  it("answers an app's pages", async () => {
    const { fetch } = handlerOf(app());
    expect(await (await fetch(new Request("http://localhost/page"))).text()).toBe("a page");
    expect((await fetch(new Request("http://localhost/unknown"))).status).toBe(404);
  });

  it("says of a plain request that it is no handshake", async () => {
    const response = await handlerOf(named("mine")).fetch(new Request("http://localhost/"));
    expect([response.status, response.headers.get("onesocket-failure")]).toEqual([426, "NOT_A_HANDSHAKE"]);
  });

  it.each([
    ["a definition", () => named("mine"), "/"],
    ["an app", app, "/app"],
  ] as const)("refuses a handshake that has no connection, with what to change: %s", async (_, target, path) => {
    const events: SocketEvent[] = [];
    const { fetch } = handlerOf(target(), { observe: (event) => void events.push(event) });
    const response = await fetch(handshake(`http://localhost${path}`));
    expect([response.status, response.headers.get("onesocket-failure")]).toEqual([500, "RUNTIME_REFUSED"]);
    expect(events.find(({ type }) => type === "refused")).toMatchObject({
      failure: { detail: expect.stringContaining('server.on("upgrade", sockets.upgrade)') },
    });
  });

  it("answers 500 for an app that throws, and tells why", async () => {
    const events: SocketEvent[] = [];
    const broken = { fetch: () => Promise.reject(new Error("the database is away")) };
    const { fetch } = handlerOf(broken, { observe: (event) => void events.push(event) });
    expect((await fetch(new Request("http://localhost/"))).status).toBe(500);
    expect(events).toMatchObject([{ type: "error", error: { message: "the database is away" } }]);
  });
});

function handshake(url: string, headers: Record<string, string> = {}): Request {
  const fields = {
    host: "localhost",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return new Request(url, { headers: { ...fields, "sec-websocket-version": "13", ...headers } });
}

/**
 * What a function on Vercel is called with. Vercel itself can't be run here: this gives `fetch` what @vercel/functions (3.9.9) takes
 * from there, the request's context with the connection of a real server in it.
 */
describe("fetch in a function on Vercel", () => {
  const CONTEXTS = Symbol.for("@vercel/request-context");

  async function deployed(fetch: (request: Request) => Promise<Response>): Promise<[url: string, answers: Response[]]> {
    const answers: Response[] = [];
    const server = createServer().on("upgrade", async (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      const given = { get: () => ({ upgradeWebSocket: () => ({ req, socket, head }) }) };
      Object.assign(globalThis, { [CONTEXTS]: given });
      const headers = new Headers(Object.entries(req.headers) as [string, string][]);
      const response = await fetch(new Request(`http://${req.headers.host}${req.url}`, { headers }));
      answers.push(response);
      if (response.status !== 204) socket.end(`HTTP/1.1 ${response.status} No\r\nContent-Length: 0\r\n\r\n`);
    });
    open.push(() => Reflect.deleteProperty(globalThis, CONTEXTS));
    return [await listening(server), answers];
  }

  it("opens the socket, and answers 204", async () => {
    const [url, answers] = await deployed(handlerOf(app()).fetch);
    expect(await at(url, "/app")).toBe("app");
    expect(answers.map(({ status }) => status)).toEqual([204]);
  });

  it("answers what is refused as a response, and takes no connection for it", async () => {
    const sockets = handlerOf(named("mine"));
    const [url, answers] = await deployed(sockets.fetch);
    const client = await RawClient.connect(url);
    client.handshake({ headers: { "sec-websocket-version": "8" } });
    expect((await client.response()).status).toBe(426);
    expect(answers[0]!.headers.get("onesocket-failure")).toBe("VERSION_UNSUPPORTED");
    await sockets.drain();
    expect(await at(url, "/")).toBe("503 ");
    expect(answers[1]!.headers.get("onesocket-failure")).toBe("DRAINING");
  });
});

describe("a handler", () => {
  it("drains its sockets, and its owner's server goes on", async () => {
    const sockets = handlerOf(named("mine"));
    const server = createServer((_, response) => response.end("a page")).on("upgrade", sockets.upgrade);
    const url = await listening(server);
    const client = await Client.connect(url);
    expect(await sockets.drain({ reason: "a deploy" })).toMatchObject({ sockets: 1 });
    expect(await client.closed).toEqual({ code: 1012, reason: "a deploy" });
    expect(await (await fetch(url)).text()).toBe("a page");
  });

  it("gives its definition's name back when it is closed", async () => {
    const [first, second] = [named("same"), named("same")];
    const sockets = handler(first, quiet);
    await sockets.close();
    expect(() => handlerOf(second)).not.toThrow();
  });

  it("takes no option that there is none of, and no target that is none", () => {
    expect(() => handler(named("mine"), { port: 3000 } as never)).toThrow(/the server listens by itself/);
    expect(() => handler({} as never)).toThrow(/a host serves a definition/);
  });
});
