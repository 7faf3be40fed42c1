import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Hono } from "hono";
import type { SocketEvent } from "onesocket";
import { defineSocket, refuse } from "onesocket";
import { upgrade } from "onesocket/hono";
import { attach, type NodeServer, type ServeOptions, serve } from "onesocket/node";
import { handler } from "onesocket/node/handler";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { trustProxies } from "../../../src/core/upgrade/trusted-proxies.ts";
import { BINARY, frame, RawClient } from "../../helpers/raw.ts";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const echo = defineSocket({ name: "echo", message: (socket, data) => socket.send(data) });

async function serving(target: Parameters<typeof serve>[0], options: ServeOptions = {}): Promise<NodeServer> {
  const server = await serve(target, { port: 0, hostname: "127.0.0.1", ...options });
  open.push(server);
  return server;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ close: () => server.closeAllConnections() ?? server.close() });
  return (server.address() as AddressInfo).port;
}

/** The status of the answer to a handshake; 101 when it opened. */
function handshake(url: string, headers: Record<string, string> = {}): Promise<number> {
  const ws = new WebSocket(url, { headers });
  return new Promise((resolve, reject) => {
    ws.on("open", () => {
      ws.terminate();
      resolve(101);
    });
    ws.on("unexpected-response", (_, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    ws.on("error", reject);
  });
}

async function reply(url: string, message: string, options = {}): Promise<string> {
  const ws = new WebSocket(url, options);
  ws.on("open", () => ws.send(message));
  const [data] = await once(ws, "message");
  ws.close();
  await once(ws, "close");
  return String(data);
}

function rawHandshake(): string {
  const lines = ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  return `${lines.join("\r\n")}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

describe("serve", () => {
  it("rejects when the port is taken", async () => {
    const { port } = await serving(echo);
    await expect(serve(echo, { port, hostname: "127.0.0.1" })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("throws a TypeError for what it cannot serve", async () => {
    await expect(serve({} as never)).rejects.toThrow(TypeError);
  });

  it("answers a plain request to a definition with the reason why it is no handshake", async () => {
    const { port } = await serving(echo);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers.get("onesocket-failure")]).toEqual([426, "NOT_A_HANDSHAKE"]);
    expect(await response.text()).toMatch(/^NOT_A_HANDSHAKE: .+\nFix: .+\nMore: .+\n$/);
  });

  it("closes every socket with 1001 and then resolves", async () => {
    const server = await serve(echo, { port: 0, hostname: "127.0.0.1" });
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}`);
    await once(ws, "open");
    const closed = once(ws, "close");
    await server.close();
    expect((await closed)[0]).toBe(1001);
  });

  it("serves wss with a key and a certificate", async () => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-days", "1"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject],
      {
        stdio: "ignore",
      },
    );
    const urls: string[] = [];
    const watched = defineSocket({
      name: "watched",
      open: (socket) => urls.push(socket.url),
      message: (socket, data) => socket.send(data),
    });
    const server = await serving(watched, { tls: { key: readFileSync(key), cert: readFileSync(cert) } });
    expect(await reply(`wss://127.0.0.1:${server.port}/x`, "hi", { rejectUnauthorized: false })).toBe("hi");
    expect(urls).toEqual([`https://127.0.0.1:${server.port}/x`]);
  });

  it("believes X-Forwarded-For from the proxies that it was told of, and from no others", async () => {
    const who = defineSocket({ name: "who", open: (socket) => socket.send(socket.remoteAddress) });
    const addressBehind = async (proxies: string[]) => {
      const { port } = await serving(who, { proxies: trustProxies(proxies) });
      const ws = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { "x-forwarded-for": "203.0.113.9" } });
      const [data] = await once(ws, "message");
      return String(data);
    };
    expect(await addressBehind(["127.0.0.0/8"])).toBe("203.0.113.9");
    expect(await addressBehind([])).toBe("127.0.0.1");
  });

  it("gives hooks its env, and an app its env and Node's own request", async () => {
    const app = new Hono<{ Bindings: { name: string; incoming: { httpVersion: string } } }>();
    app.get("/", (c) => c.text(`${c.env.name} ${c.env.incoming.httpVersion}`));
    const { port } = await serving(app, { env: { name: "env" } });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("env 1.1");
  });

  it("survives an app that throws on an upgrade, and answers 500", async () => {
    const { port } = await serving(
      {
        fetch() {
          throw new Error("no framework caught this");
        },
      },
      { observe: () => {} },
    );
    expect(await handshake(`ws://127.0.0.1:${port}/`)).toBe(500);
  });
});

describe("url", () => {
  const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

  it.each<readonly [string | undefined, string]>([
    ...(ipv6 ? ([["::1", "[::1]"]] as const) : []),
    ["127.0.0.2", "127.0.0.2"],
    ["127.0.0.1", "localhost"],
    ["0.0.0.0", "localhost"],
    [undefined, "localhost"],
  ])("of a server that listens on %s leads to it", async (hostname, host) => {
    const { url, port } = await serving(echo, { hostname });
    expect(url).toBe(`ws://${host}:${port}`);
    expect(await reply(url, "hi")).toBe("hi");
  });
});

describe("await using", () => {
  it("closes what serve, attach and handler gave, where their scope ends", async () => {
    const server = createServer();
    const port = await listening(server);
    const closes: number[] = [];
    const gone: Promise<unknown>[] = [];
    {
      await using own = await serve(echo, { port: 0, hostname: "127.0.0.1" });
      await using attached = attach(server, echo, { path: "/attached" });
      await using handled = handler(echo, { path: "/handled" });
      server.on("upgrade", handled.upgrade);
      expect(typeof attached.close).toBe("function");
      for (const url of [own.url, `ws://127.0.0.1:${port}/attached`, `ws://127.0.0.1:${port}/handled`]) {
        const ws = new WebSocket(url);
        gone.push(once(ws, "close").then(([code]) => closes.push(code)));
        await once(ws, "open");
      }
    }
    await Promise.all(gone);
    expect(closes).toEqual([1001, 1001, 1001]);
  });
});

describe("attach", () => {
  it("leaves plain requests to the server", async () => {
    const server = createServer((_, response) => response.end("mine"));
    attach(server, echo);
    const port = await listening(server);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("mine");
    expect(await reply(`ws://127.0.0.1:${port}/`, "hi")).toBe("hi");
  });

  it("answers 404 to a path that nobody takes, when it is the only listener", async () => {
    const server = createServer();
    attach(server, echo, { path: "/chat" });
    const port = await listening(server);
    expect(await handshake(`ws://127.0.0.1:${port}/other`)).toBe(404);
    expect(await handshake(`ws://127.0.0.1:${port}/chat?x=1`)).toBe(101);
  });

  it("goes by the target's path, whatever the Host would make of it", async () => {
    const server = createServer();
    attach(server, echo, { path: "/chat" });
    const url = `http://127.0.0.1:${await listening(server)}`;
    const answer = async (path: string, host: string) => {
      const client = await RawClient.connect(url);
      client.handshake({ path, headers: { host } });
      const { headers, status } = await client.response();
      client.end();
      return [status, headers.find(([name]) => name === "onesocket-failure")?.[1]];
    };
    for (const end of ["?", "#", "\\..\\chat?", "/../chat?"]) {
      expect(await answer("/public", `a.example/chat${end}`)).toEqual([404, "UNHANDLED_UPGRADE"]);
      expect(await answer("/chat", `a.example/public${end}`)).toEqual([400, "HOST_INVALID"]);
    }
    expect(await answer("/public\\..\\chat", "a.example")).toEqual([404, "UNHANDLED_UPGRADE"]);
    expect(await answer("//chat", "a.example")).toEqual([404, "UNHANDLED_UPGRADE"]);
    expect(await answer("//evil.example/chat", "a.example")).toEqual([404, "UNHANDLED_UPGRADE"]);
    expect(await answer("http://evil.example/chat", "a.example")).toEqual([101, undefined]);
  });

  it("leaves a path that it does not take to the other listeners", async () => {
    const server = createServer();
    const app = new Hono().get("/chat", (c) => upgrade(c, echo));
    attach(server, app);
    attach(server, echo, { path: "/echo" });
    server.on("upgrade", (request, socket) => {
      if (request.url === "/theirs") socket.end("HTTP/1.1 418 I'm a teapot\r\nConnection: close\r\n\r\n");
    });
    const port = await listening(server);
    expect(await handshake(`ws://127.0.0.1:${port}/theirs`)).toBe(418);
    expect(await handshake(`ws://127.0.0.1:${port}/chat`)).toBe(101);
    expect(await handshake(`ws://127.0.0.1:${port}/echo`)).toBe(101);
  });

  it("lets one of two that want the same path answer, and tells of the other", async () => {
    const codes: unknown[] = [];
    const server = createServer();
    attach(server, echo);
    attach(server, echo, {
      observe: (event) => event.type === "refused" && codes.push(event.failure?.code),
    });
    const port = await listening(server);
    expect(await reply(`ws://127.0.0.1:${port}/`, "hi")).toBe("hi");
    expect(codes).toEqual(["ALREADY_UPGRADED"]);
  });

  it("takes no more handshakes once it is closed", async () => {
    const server = createServer((_, response) => response.writeHead(200).end());
    const attached = attach(server, echo);
    const port = await listening(server);
    await attached.close();
    expect(await handshake(`ws://127.0.0.1:${port}/`)).toBe(200);
  });
});

/** What comes back, to the end of the stream. */
async function allOf(socket: Socket): Promise<string> {
  let all = "";
  for await (const chunk of socket.setEncoding("latin1")) all += chunk;
  return all;
}

describe("a client that sends more than is read while upgrade waits", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["resets", (socket) => socket.resetAndDestroy()],
    ["ends", (socket) => socket.end()],
  ])("is gone when it %s", async (_, leave) => {
    const [asked, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { promise: never } = Promise.withResolvers<undefined>();
    const slow = defineSocket({
      name: "slow",
      limits: { upgradeMs: 60_000 },
      upgrade(_, { signal }) {
        signal.addEventListener("abort", () => aborted.resolve());
        asked.resolve();
        return never;
      },
    });
    const { port } = await serving(slow);
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(rawHandshake());
    await asked.promise;
    await new Promise((resolve) => socket.write(Buffer.alloc(300_000), resolve));
    leave(socket);
    await aborted.promise;
  });

  it("is cut off after a megabyte", async () => {
    const { promise: never } = Promise.withResolvers<undefined>();
    const { port } = await serving(defineSocket({ name: "slow", limits: { upgradeMs: 60_000 }, upgrade: () => never }));
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(rawHandshake());
    socket.write(Buffer.alloc(3 << 20));
    await new Promise((resolve) => socket.resume().once("close", resolve));
  });
});

describe("an answer instead of a socket", () => {
  it("is what the hook answers, but for what is about the connection", async () => {
    const headers = {
      connection: "keep-alive",
      "keep-alive": "timeout=5",
      "transfer-encoding": "chunked",
      trailer: "x",
    };
    const refusal = () => new Response("no", { status: 403, headers: { ...headers, "content-length": "2" } });
    const { port } = await serving(defineSocket({ name: "door", upgrade: refusal }));
    const socket = connect(port, "127.0.0.1");
    socket.write(rawHandshake());
    const answer = await allOf(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).not.toMatch(/keep-alive|chunked|trailer/i);
    expect(answer).toMatch(/\r\n\r\nno$/);
  });

  it.each([
    ["no answer at all", () => Response.error()],
    ["a header that HTTP has no place for", () => new Response("no", { status: 403, headers: { "x-bell": "\u0007" } })],
  ])("is a 500 instead of %s of an app, which is told", async (_, fetch) => {
    const events: unknown[] = [];
    const { port } = await serving({ fetch }, { observe: (event) => events.push(event) });
    expect(await handshake(`ws://127.0.0.1:${port}/`)).toBe(500);
    expect(events).toContainEqual(expect.objectContaining({ type: "error", error: expect.any(Error) }));
  });

  it("is cut off after limits.refusalMs when its client does not take it", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          begin();
          controller.enqueue(new Uint8Array(65_536));
        },
      });
    const upgrade = () => new Response(endless(), { status: 403 });
    const server = await serving(defineSocket({ name: "door", limits: { refusalMs: 50 }, upgrade }));
    const connected = once(server.server, "connection");
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(rawHandshake());
    const [theirs] = (await connected) as [Socket];
    await Promise.all([begun, once(theirs, "close")]);
    socket.destroy();
  });
});

describe("a refused client", () => {
  it("does not hold its connection open by never answering the close", async () => {
    const door = defineSocket({ name: "door", limits: { closeMs: 50 }, upgrade: () => refuse(4403, "banned") });
    const { port } = await serving(door);
    const socket = connect(port, "127.0.0.1");
    socket.write(rawHandshake());
    await once(socket.resume(), "close");
  });
});

/** Seconds until TCP asks whether the peer is there, for each connection that a server has accepted (Linux). */
function keepAlives(port: number): number[] {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return rows.flatMap((row) => {
    const [, address, , state, , timer = ""] = row.trim().split(/\s+/);
    const [kind, ticks = ""] = timer.split(":");
    return address === local && state === "01" ? [kind === "02" ? Number.parseInt(ticks, 16) / 100 : Infinity] : [];
  });
}

describe("TCP keep-alive", () => {
  it("is on for every connection that no heartbeat watches, on a server of ours and on another", async () => {
    const silent = defineSocket({ name: "silent", heartbeat: false });
    const server = createServer();
    attach(server, silent);
    for (const port of [(await serving(silent)).port, await listening(server)]) {
      expect(await handshake(`ws://127.0.0.1:${port}/`)).toBe(101);
      const idle = connect(port, "127.0.0.1");
      await once(idle, "connect");
      const ws = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(ws, "open");
      // A server of ours waits a moment for the first bytes.
      await vi.waitFor(() => expect(Math.max(...keepAlives(port))).toBeLessThanOrEqual(60), 5000);
      expect(keepAlives(port).length).toBeGreaterThanOrEqual(2);
      ws.terminate();
      idle.destroy();
    }
  });
});

describe("a client that only pings and never reads", () => {
  it("is closed when the Pongs that wait for it are more than limits.bufferedBytes", async () => {
    const { promise: failed, resolve: fail } = Promise.withResolvers<string>();
    const pinged = defineSocket({
      name: "pinged",
      limits: { pongsPerSecond: 10_000_000, bufferedBytes: 65_536 },
      observe: (event) => void (event.type === "failed" && fail(event.code)),
    });
    const { port } = await serving(pinged);
    const client = connect(port, "127.0.0.1").on("error", () => {});
    client.write(rawHandshake());
    await once(client, "data");
    client.pause();
    // 64 MB of pings: many times what the kernel holds of their Pongs.
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 500 }, () => ping));
    for (let sent = 0; sent < 1000 && !client.destroyed; sent++) client.write(pings);
    expect(await failed).toBe("SLOW_CONSUMER");
    client.destroy();
  });
});

describe("drain", () => {
  it("refuses new handshakes with 503 and Retry-After, closes with 1012, and tells how the sockets left", async () => {
    const events: SocketEvent[] = [];
    const server = await serving(echo, { observe: (event) => void events.push(event) });
    const url = `ws://127.0.0.1:${server.port}`;
    const [polite, rude] = [new WebSocket(url), connect(server.port, "127.0.0.1")];
    await once(polite, "open");
    rude.write(rawHandshake());
    await once(rude, "data");
    const closed = once(polite, "close");
    const drained = server.drain({ reason: "deploy", overMs: 10 });
    expect(await handshake(url)).toBe(503);
    expect((await closed).map(String)).toEqual(["1012", "deploy"]);
    rude.destroy();
    expect(await drained).toEqual({ sockets: 2, clean: 1, lost: 1 });
    expect(events.at(-1)).toEqual({ type: "drained", definition: "", sockets: 2, clean: 1, lost: 1 });
  });

  it("waits for the handlers that run", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = defineSocket({
      name: "slow",
      message() {
        begin();
        return work;
      },
    });
    const server = await serving(slow);
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}`);
    ws.on("open", () => ws.send("x"));
    await begun;
    let done = false;
    const drained = server.drain().then(() => {
      done = true;
    });
    await once(ws, "close");
    expect(done).toBe(false);
    finish();
    await drained;
  });

  it.each(["drain", "close"] as const)(
    "waits, by %s too, for the handlers of sockets that are gone, and for what waits behind them",
    async (leave) => {
      const { promise: work, resolve: finish } = Promise.withResolvers<void>();
      const log: string[] = [];
      const slow = defineSocket({
        name: "slow",
        async message(_, data) {
          await work;
          log.push(String(data));
        },
      });
      const server = await serving(slow);
      const [ws, other] = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${server.port}`)) as [WebSocket, WebSocket];
      await Promise.all([once(ws, "open"), once(other, "open")]);
      for (const data of ["a", "b", "c"]) ws.send(data);
      ws.close();
      await once(ws, "close");
      const left = server[leave]().then(() => log.push("left"));
      await once(other, "close");
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(log).toEqual([]);
      finish();
      await left;
      expect(log).toEqual(["a", "b", "c", "left"]);
    },
  );

  it("rejects what it cannot close with, and goes on serving", async () => {
    const server = await serving(echo);
    await expect(server.drain({ code: 1005 })).rejects.toThrow(TypeError);
    await expect(server.drain({ reason: "x".repeat(124) })).rejects.toThrow(TypeError);
    await expect(server.drain({ overMs: Number.NaN })).rejects.toThrow(RangeError);
    expect(await handshake(`ws://127.0.0.1:${server.port}`)).toBe(101);
  });
});

describe("heartbeat", () => {
  const times = { everyMs: 60, timeoutMs: 30 };

  it("ends a peer that answers no ping, as lost", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    const quiet = defineSocket({ name: "quiet", heartbeat: times, close: (_, event) => resolve(event) });
    const { port } = await serving(quiet);
    const socket = connect(port, "127.0.0.1");
    socket.write(rawHandshake());
    socket.resume();
    expect(await closed).toEqual({ code: 1006, reason: "PING_TIMEOUT", wasClean: false });
  });

  it("keeps a peer that answers", async () => {
    const { port } = await serving(defineSocket({ name: "lively", heartbeat: times, message: (s, d) => s.send(d) }));
    const ws = new WebSocket(`ws://127.0.0.1:${port}`);
    for (let pings = 0; pings < 5; pings++) await once(ws, "ping");
    ws.send("still here");
    const [data] = await once(ws, "message");
    expect(String(data)).toBe("still here");
    ws.close();
  });

  it("keeps a peer whose long message comes slowly, for no Pong can come before its end", async () => {
    const { port } = await serving(defineSocket({ name: "slow", heartbeat: times, message: (s, d) => s.send(d) }));
    const socket = connect(port, "127.0.0.1");
    socket.write(rawHandshake());
    await once(socket, "data");
    const message = frame(BINARY, new Uint8Array(1000));
    let closed = false;
    socket.on("data", () => {}).on("close", () => (closed = true));
    for (let at = 0; at < 1000; at += 10) {
      socket.write(message.subarray(at, at + 10));
      // Its client answers nothing, and says nothing whole: for longer than a ping may stay unanswered.
      await wait(5);
    }
    expect(closed).toBe(false);
    socket.destroy();
  });

  it("pings by default, and not where it is switched off", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const on = await serving(defineSocket({ name: "on" }));
      const off = await serving(defineSocket({ name: "off", heartbeat: false }));
      const [pinged, left] = [on, off].map(({ port }) => new WebSocket(`ws://127.0.0.1:${port}`)) as [
        WebSocket,
        WebSocket,
      ];
      let pings = 0;
      left.on("ping", () => pings++);
      await Promise.all([once(pinged, "open"), once(left, "open")]);
      for (let times = 0; times < 3; times++) {
        const ping = once(pinged, "ping");
        vi.advanceTimersByTime(30_000);
        await ping;
        // Its Pong is there when this is answered.
        const ponged = once(pinged, "pong");
        pinged.ping();
        await ponged;
      }
      expect([pinged.readyState, pings]).toEqual([WebSocket.OPEN, 0]);
    } finally {
      vi.useRealTimers();
    }
  });
});
