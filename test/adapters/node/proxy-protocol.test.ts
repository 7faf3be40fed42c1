import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, type Server as NetServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { connect as connectSecurely, type TLSSocket } from "node:tls";
import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import { defineSocket, type SocketEvent } from "onesocket";
import { upgrade } from "onesocket/hono";
import { attach, type ServeOptions, serve } from "onesocket/node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { trustProxies } from "../../../src/core/upgrade/trusted-proxies.ts";
import { certificate } from "../../helpers/certificate.ts";
import { brief } from "../../helpers/core/core.ts";
import { RawClient } from "../../helpers/raw.ts";

const V1 = "PROXY TCP4 192.0.2.1 198.51.100.2 49152 443\r\n";
const V6 = "PROXY TCP6 2001:db8::1 2001:db8::2 49152 443\r\n";
const V2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xc0\0\x01\xbb", "latin1");
const LOCAL = Buffer.from("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "latin1");

const TLS = certificate();
const told: SocketEvent[] = [];
const observe = brief(told);
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  told.length = 0;
});

const whoami = defineSocket({
  name: "whoami",
  limits: { handshakeMs: 1000 },
  open: (socket) => void socket.send(socket.remoteAddress),
  message: (socket, data) => void socket.send(data),
});

const TRUSTING: ServeOptions = { port: 0, hostname: "127.0.0.1", proxies: trustProxies(["127.0.0.2"]), observe };

async function serving(options: ServeOptions = {}): Promise<string> {
  const server = await serve(whoami, { ...TRUSTING, ...options });
  open.push(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

/** A client from the address of the proxy, unless it is a stranger. */
async function client(url: string, from = "127.0.0.2"): Promise<RawClient> {
  const raw = await RawClient.connect(url, from);
  open.push(() => raw.reset());
  return raw;
}

/** What a client that is introduced by these bytes is told its address is. */
async function addressBehind(url: string, preamble: string | Uint8Array, headers = {}): Promise<string> {
  const raw = await client(url);
  raw.write(Buffer.from(preamble as string));
  raw.handshake({ headers });
  expect((await raw.response()).status).toBe(101);
  return raw.text();
}

function codes(): unknown[] {
  return told.map((event) => event.type === "refused" && [event.status, event.failure?.code]);
}

describe("a PROXY protocol header from one of proxies", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["version 1", V1, "192.0.2.1"],
    ["version 1 with IPv6", V6, "2001:db8::1"],
    ["version 2", V2, "192.0.2.1"],
    ["version 1 of nobody", "PROXY UNKNOWN\r\n", "127.0.0.2"],
    ["version 2 of the proxy itself", LOCAL, "127.0.0.2"],
    ["no version", "", "127.0.0.2"],
  ])("of %s tells the peer's address", async (_, preamble, address) => {
    expect(await addressBehind(await serving(), preamble)).toBe(address);
  });

  it("may come in one packet with the handshake, and a message behind it", async () => {
    const raw = await client(await serving());
    raw.together(() => {
      raw.write(V2);
      raw.handshake({}, Buffer.of(0x81, 0x82, 0, 0, 0, 0, 104, 105));
    });
    expect((await raw.response()).status).toBe(101);
    expect([await raw.text(), await raw.text()]).toEqual(["192.0.2.1", "hi"]);
  });

  it("may come byte for byte, and the handshake too", async () => {
    const url = await serving();
    for (const preamble of [Buffer.from(V1), V2]) {
      const raw = await client(url);
      for (const byte of Buffer.concat([preamble, Buffer.from(UPGRADE)])) {
        raw.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await raw.response()).status).toBe(101);
      expect(await raw.text()).toBe("192.0.2.1");
    }
  });

  it("is the peer's address: X-Forwarded-For is believed if that is a proxy of ours too", async () => {
    const url = await serving({ proxies: trustProxies(["127.0.0.2", "192.0.2.0/24"]) });
    const headers = { "x-forwarded-for": "203.0.113.7" };
    expect(await addressBehind(url, V1, headers)).toBe("203.0.113.7");
    expect(await addressBehind(url, V6, headers)).toBe("2001:db8::1");
    expect(await addressBehind(url, "PROXY UNKNOWN\r\n", headers)).toBe("203.0.113.7");
  });

  it("holds for all requests of the connection, and plain ones of an app", async () => {
    const app = new Hono()
      .get("/", (c) => c.text(getConnInfo(c).remote.address ?? ""))
      .get("/ws", (c) => upgrade(c, whoami));
    const server = await serve(app, TRUSTING);
    open.push(() => server.close());
    const raw = await client(`http://127.0.0.1:${server.port}`);
    raw.write(Buffer.from(V1));
    for (let i = 0; i < 2; i++) {
      raw.write(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      expect(await raw.response()).toMatchObject({ status: 200, body: "192.0.2.1" });
    }
    raw.handshake({ path: "/ws" });
    expect((await raw.response()).status).toBe(101);
    expect(await raw.text()).toBe("192.0.2.1");
  });

  it("leaves requests alone that begin like one", async () => {
    const server = createServer(async (request, response) => {
      for await (const chunk of request) response.write(chunk);
      response.end(request.method);
    });
    const url = await attached(server);
    for (const method of ["POST", "PUT", "PROPFIND", "PATCH"]) {
      const raw = await client(url);
      raw.write(Buffer.from("P"));
      await wait(5);
      raw.write(Buffer.from(`${method.slice(1)} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbo`));
      await wait(5);
      raw.write(Buffer.from("dy "));
      expect((await raw.response()).body).toBe(`body ${method}`);
    }
  });

  it("may be followed by the end of the client's side", async () => {
    const url = await attached(createServer((request, response) => response.end(request.socket.remoteAddress)));
    for (const preamble of [V1, ""]) {
      const raw = await client(url);
      raw.together(() => {
        raw.write(Buffer.from(`${preamble}GET / HTTP/1.1\r\nHost: a\r\n\r\n`));
        raw.end();
      });
      expect((await raw.response()).body).toBe(preamble ? "192.0.2.1" : "127.0.0.2");
    }
  });

  it.each([
    [
      "malformed",
      "PROXY TCP4 192.0.2.1 192.0.2.999 1 2\r\n",
      /127\.0\.0\.2" is malformed, its addresses or ports are none: 50 52/,
    ],
    ["of version 3", V2.toString("latin1").replace("\x21", "\x31"), /malformed, its version is 3: 0d 0a 0d/],
    ["without an end", `PROXY TCP4 ${"1".repeat(200)}`, /malformed, no line of at most 107 bytes/],
  ])("that is %s gets 400, and the log says why", async (_, preamble, detail) => {
    const raw = await client(await serving());
    raw.write(Buffer.from(preamble, "latin1"));
    raw.handshake({});
    expect(await raw.response()).toMatchObject({ status: 400, body: expect.stringMatching(/^PROXY_PROTOCOL: /) });
    await raw.ended;
    expect(codes()).toEqual([[400, "PROXY_PROTOCOL"]]);
    expect(told[0]).toHaveProperty("failure.detail", expect.stringMatching(detail));
  });

  it("that is cut off gets 400, and one that takes too long 408", async () => {
    const url = await serving();
    const cut = await client(url);
    cut.write(V2.subarray(0, 20));
    cut.end();
    expect((await cut.response()).body).toMatch(/^PROXY_PROTOCOL: /);
    const late = await client(url);
    late.write(V2.subarray(0, 20));
    expect(await late.response()).toMatchObject({ status: 408, body: expect.stringMatching(/^HANDSHAKE_TIMEOUT: /) });
    const silent = await client(url);
    expect((await silent.response()).status).toBe(408);
    expect(codes()).toEqual([
      [400, "PROXY_PROTOCOL"],
      [408, "HANDSHAKE_TIMEOUT"],
      [408, "HANDSHAKE_TIMEOUT"],
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a header of version 1", V1],
    ["a header of version 2", LOCAL],
  ])("is a health check where no more comes, of which nothing is told: %s", async (_, preamble) => {
    const url = await serving();
    const polite = await client(url);
    polite.write(Buffer.from(preamble as string));
    polite.end();
    await polite.ended;
    // As HAProxy ends its own: before it is accepted, or soon after.
    for (let i = 0; i < 10; i++) {
      const rude = await client(url);
      rude.write(Buffer.from(preamble as string));
      if (i % 2) await wait(5);
      rude.reset();
    }
    expect(await addressBehind(url, V1)).toBe("192.0.2.1");
    expect(told).toEqual([]);
  });

  it("that a client put behind that of its proxy is not believed, nor advised to be", async () => {
    const raw = await client(await serving());
    raw.write(Buffer.from(V1 + V6));
    expect(await raw.response()).toMatchObject({ status: 400, body: expect.stringMatching(/^PROXY_PROTOCOL: /) });
    expect(told[0]).toHaveProperty("failure.detail", expect.stringMatching(/came another one, which is not believed/));
  });

  it("that is still missing holds up neither drain nor close", async () => {
    const server = await serve(whoami, TRUSTING);
    const raw = await client(`http://127.0.0.1:${server.port}`);
    raw.write(V2.subarray(0, 14));
    await wait(20);
    await server.close();
    await raw.ended;
  });
});

describe("a PROXY protocol header from anybody else", () => {
  it.each([
    ["version 1", V1],
    ["version 2", V2],
    ["version 1, malformed", "PROXY TCP4 here\r\n"],
  ])("of %s gets 400, which its client can read, and is named with the line to add", async (_, preamble) => {
    for (const proxies of [trustProxies(["127.0.0.2"]), trustProxies([]), undefined]) {
      const raw = await client(await serving({ proxies }), "127.0.0.3");
      raw.together(() => {
        raw.write(Buffer.from(preamble as string));
        raw.handshake({});
      });
      raw.write(Buffer.from("and more\r\n"));
      expect(await raw.response()).toMatchObject({ status: 400, body: expect.stringMatching(/^PROXY_PROTOCOL: /) });
      raw.end();
      await raw.ended;
      expect(codes()).toEqual([[400, "PROXY_PROTOCOL"]]);
      expect(told.pop()).toHaveProperty(
        "failure.detail",
        expect.stringContaining('proxies: trustProxies(["127.0.0.3"])'),
      );
    }
  });

  it("is named on the console", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const raw = await client(await serving({ observe: undefined }), "127.0.0.3");
    raw.write(Buffer.from(V1));
    await raw.response();
    expect(warn.mock.calls.flat().join()).toMatch(
      /^onesocket: PROXY_PROTOCOL: "127\.0\.0\.3" sent a PROXY protocol header/,
    );
    warn.mockRestore();
  });
});

/** A server of the user's that a definition is attached to. */
async function attached(server: Server): Promise<string> {
  attach(server, whoami, { proxies: trustProxies(["127.0.0.2"]), observe });
  return `http://127.0.0.1:${await listening(server)}`;
}

async function listening(server: NetServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    (server as Partial<Server>).closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("a server that a definition is attached to", () => {
  it("has its own listeners called with the client's address, and gets them back in their order", async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => response.end(request.socket.remoteAddress ?? ""));
    server.on("connection", (socket: Socket) => heard.push(`first ${socket.remoteAddress}`));
    const { close } = attach(server, whoami, { proxies: trustProxies(["127.0.0.2"]), observe });
    const other = attach(server, whoami, { path: "/other", proxies: trustProxies(["127.0.0.4"]), observe });
    const url = `http://127.0.0.1:${await listening(server)}`;
    const get = async (preamble: string, from?: string) => {
      const raw = await client(url, from);
      raw.write(Buffer.from(`${preamble}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
      return (await raw.response()).body;
    };
    expect(await get(V1)).toBe("192.0.2.1");
    expect(await get(V6, "127.0.0.4")).toBe("2001:db8::1");
    expect(await get("", "127.0.0.3")).toBe("127.0.0.3");
    await other.close();
    server.on("connection", () => heard.push("second"));
    expect(await get(V1)).toBe("192.0.2.1");
    await close();
    heard.length = 0;
    expect(await get("")).toBe("127.0.0.2");
    expect(heard).toEqual(["first 127.0.0.2", "second"]);
  });
});

/** Begins TLS behind these bytes, in one packet with its first or not. */
async function secure(
  port: number,
  preamble: string | Uint8Array,
  from = "127.0.0.2",
  protocol = "http/1.1",
): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
  await once(socket, "connect");
  socket.cork();
  socket.write(preamble);
  const tls = connectSecurely({ socket, rejectUnauthorized: false, ALPNProtocols: [protocol] });
  tls.on("error", () => {});
  socket.uncork();
  await once(tls, "secureConnect");
  open.push(() => tls.destroy());
  return tls;
}

const UPGRADE =
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

describe.each<[string, ServeOptions]>([
  ["https", {}],
  ["https and HTTP/2", { http2: true }],
])("a server of %s", (_, options) => {
  const port = async () => {
    const server = await serve(whoami, { ...TRUSTING, ...options, tls: TLS });
    open.push(() => server.close());
    return server.port;
  };

  it.each<[string, string | Uint8Array, string]>([
    ["version 1", V1, "192.0.2.1"],
    ["version 2", V2, "192.0.2.1"],
    ["the proxy itself", LOCAL, "127.0.0.2"],
    ["nothing", "", "127.0.0.2"],
  ])("reads a header of %s before TLS begins", async (_, preamble, address) => {
    const tls = await secure(await port(), preamble);
    tls.write(UPGRADE);
    let heard = "";
    for await (const chunk of tls) {
      heard += String(chunk);
      if (heard.endsWith(address)) break;
    }
    expect(heard).toMatch(/^HTTP\/1\.1 101 /);
  });

  it("serves a stranger as ever, and names one that sends a header, or a malformed one of a proxy", async () => {
    const at = await port();
    const tls = await secure(at, "", "127.0.0.3");
    tls.write(UPGRADE);
    expect(String((await once(tls, "data"))[0])).toMatch(/^HTTP\/1\.1 101 /);
    for (const [from, preamble] of [
      ["127.0.0.3", V1],
      ["127.0.0.3", V2],
      ["127.0.0.2", "PROXY TCP4 here\r\n"],
    ] as const) {
      const raw = await client(`http://127.0.0.1:${at}`, from);
      raw.write(Buffer.from(preamble as string));
      await raw.ended;
    }
    expect(codes()).toEqual(Array.from({ length: 3 }, () => [400, "PROXY_PROTOCOL"]));
    expect(told[0]).toHaveProperty("failure.detail", expect.stringContaining('proxies: trustProxies(["127.0.0.3"])'));
    expect(told[2]).toHaveProperty("failure.detail", expect.stringContaining("is malformed"));
  });

  it("ends a connection that brings no byte in time", async () => {
    const raw = await client(`http://127.0.0.1:${await port()}`, "127.0.0.3");
    await raw.ended;
    expect(codes()).toEqual([[408, "HANDSHAKE_TIMEOUT"]]);
  });
});

describe("HTTP/2", () => {
  it("without TLS is behind a header too", async () => {
    const server = createHttp2Server((request, response) => response.end(request.socket.remoteAddress ?? ""));
    attach(server, whoami, { proxies: trustProxies(["127.0.0.2"]), observe });
    const port = await listening(server);
    for (const [preamble, address] of [
      [V1, "192.0.2.1"],
      ["", "127.0.0.2"],
    ] as const) {
      const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" });
      await once(socket, "connect");
      socket.write(preamble);
      const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => socket });
      const stream = session.request({ ":path": "/" });
      expect(String(await once(stream, "data"))).toBe(address);
      session.close();
    }
  });

  it("over TLS is: a WebSocket in it has the client's address", async () => {
    const server = await serve(whoami, { ...TRUSTING, tls: TLS, http2: true });
    open.push(() => server.close());
    const tls = await secure(server.port, V2, "127.0.0.2", "h2");
    const session = connectHttp2("https://localhost", { createConnection: () => tls });
    await once(session, "remoteSettings");
    const stream = session.request(
      { ":method": "CONNECT", ":protocol": "websocket", ":path": "/", "sec-websocket-version": "13" },
      { endStream: false },
    );
    expect(String(await once(stream, "data"))).toContain("192.0.2.1");
    session.destroy();
  });
});
