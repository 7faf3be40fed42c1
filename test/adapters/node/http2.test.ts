import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { Hono } from "hono";
import { defineSocket, refuse, type Socket, type SocketEvent } from "onesocket";
import { deflate } from "onesocket/deflate";
import { upgrade, upgradeWebSocket } from "onesocket/hono";
import { type Attached, type AttachOptions, attach, serve } from "onesocket/node";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { nodeZlib } from "../../../src/adapters/node/deflate.ts";
import { offerDeflate } from "../../../src/core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate } from "../../../src/core/protocol/deflate/permessage-deflate.ts";
import { settingsOf } from "../../../src/core/protocol/deflate/settings.ts";
import { certificate } from "../../helpers/certificate.ts";
import { gate } from "../../helpers/core/core.ts";
import { Http2Client, Http2Socket } from "../../helpers/http2.ts";

const CANCEL = 8;
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const echo = defineSocket({ name: "echo", message: (socket, data) => socket.send(data) });

interface Host {
  readonly client: Http2Client;
  readonly attached: Attached;
  readonly authority: string;
  readonly events: SocketEvent[];
}

/** A cleartext server with its own plain pages, a target attached to it, and a client. */
async function hosting(
  target: Parameters<typeof attach>[1],
  options: AttachOptions = {},
  server: Http2Server = createServer((request, response) => response.end(`page ${request.url}`)),
): Promise<Host> {
  const events: SocketEvent[] = [];
  const attached = attach(server, target, { observe: (event) => void events.push(event), ...options });
  const authority = await listening(server);
  return { client: await connected(`http://${authority}`), attached, authority, events };
}

async function listening(server: Http2Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function connected(url: string): Promise<Http2Client> {
  const client = await Http2Client.connect(url);
  open.push(() => client.session.destroy());
  return client;
}

/** How sockets ended, as the server saw it, in the order of their ends. */
function endings() {
  const seen: string[] = [];
  const waiting: (() => void)[] = [];
  return {
    close(socket: Socket, { code, reason, wasClean }: { code: number; reason: string; wasClean: boolean }) {
      seen.push([new URL(socket.url).pathname, code, reason, wasClean].join(" ").trim());
      for (const wake of waiting.splice(0)) wake();
    },
    async next(count = 1): Promise<string[]> {
      while (seen.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return seen.splice(0).sort();
    },
  };
}

describe("a WebSocket over HTTP/2", () => {
  it("echoes text and bytes", async () => {
    const { client } = await hosting(echo);
    const socket = await client.open();
    expect(await socket.ask("häi")).toBe("häi");
    socket.send(new Uint8Array([0, 127, 255]));
    expect(await socket.next()).toEqual(new Uint8Array([0, 127, 255]));
  });

  it("is answered with a 200 without the headers of RFC 6455's handshake", async () => {
    const { client } = await hosting(echo);
    const headers = await (await client.open()).answer;
    expect(Object.keys(headers)).toEqual([":status", "date"]);
  });

  it("answers a key, which a client has no use for over HTTP/2, if it is sent one", async () => {
    const { client } = await hosting(echo);
    const socket = await client.open("/", { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" });
    // The answer to RFC 6455's example (§1.3). Node 26 takes no 200 without it.
    expect((await socket.answer)["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  it("shares its connection with others and with plain requests", async () => {
    const { client } = await hosting(echo);
    const sockets = await Promise.all(["/a", "/b", "/c"].map((path) => client.open(path)));
    for (const round of [1, 2]) {
      const replies = sockets.map((socket, i) => socket.ask(`${round}${i}`));
      expect(await client.get(`/${round}`)).toBe(`page /${round}`);
      expect(await Promise.all(replies)).toEqual([`${round}0`, `${round}1`, `${round}2`]);
    }
  });

  it("knows its url, its subprotocol and its client's address", async () => {
    const who = defineSocket({
      name: "who",
      protocols: ["v2", "v1"],
      message: (socket) => socket.send([socket.url, socket.protocol, socket.remoteAddress].join(" ")),
    });
    const { client } = await hosting(who);
    const socket = await client.open("/x?y=1", { ":authority": "a.example", "sec-websocket-protocol": "v1, v2" });
    expect((await socket.answer)["sec-websocket-protocol"]).toBe("v2");
    expect(await socket.ask("?")).toBe("http://a.example/x?y=1 v2 127.0.0.1");
  });

  it("carries the headers of the decision, several Set-Cookie too", async () => {
    const headers = new Headers({ "x-served-by": "us" });
    for (const cookie of ["a=1; Path=/", "b=2"]) headers.append("set-cookie", cookie);
    const { client } = await hosting(defineSocket({ name: "cookies", upgrade: () => ({ headers }) }));
    const answer = await (await client.open()).answer;
    expect([answer["x-served-by"], answer["set-cookie"]]).toEqual(["us", ["a=1; Path=/", "b=2"]]);
  });

  it("shows its hook the request that a gateway would have sent over HTTP/1.1", async () => {
    const seen: unknown[] = [];
    const watched = defineSocket({
      name: "watched",
      upgrade(request) {
        seen.push(request.method, request.url, Object.fromEntries(request.headers));
      },
    });
    const { client } = await hosting(watched);
    await client.open("/x", { ":authority": "a.example", cookie: ["a=1", "b=2"], "x-mine": "1" });
    const headers = {
      host: "a.example",
      upgrade: "websocket",
      connection: "Upgrade",
      cookie: "a=1; b=2",
      "sec-websocket-version": "13",
      "x-mine": "1",
    };
    expect(seen).toEqual(["GET", "http://a.example/x", headers]);
  });

  it("is compressed when both sides want it", async () => {
    const compression = settingsOf();
    const { client } = await hosting(defineSocket({ ...echo, name: "deflated", compression: deflate() }));
    const params = {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    };
    const extension = new PermessageDeflate("client", params, compression, nodeZlib());
    const socket = await client.open("/", { "sec-websocket-extensions": offerDeflate(compression) }, extension);
    expect((await socket.answer)["sec-websocket-extensions"]).toMatch(/^permessage-deflate/);
    const text = "again and ".repeat(10_000);
    expect(await socket.ask(text)).toBe(text);
  });

  it("works beside a `stream` listener that leaves CONNECT alone", async () => {
    const server = createServer().on("stream", (stream, headers) => {
      if (headers[":method"] !== "CONNECT") stream.end("raw");
    });
    const { client } = await hosting(echo, {}, server);
    expect(await (await client.open()).ask("hi")).toBe("hi");
    expect(await client.get("/")).toBe("raw");
  });
});

describe("a refused handshake over HTTP/2", () => {
  const strict = defineSocket({ name: "strict", protocols: ["v1"], requireProtocol: true });

  it.each<[string, number, string, OutgoingHttpHeaders]>([
    ["an authority that is no host", 400, "HOST_INVALID", { ":authority": "a.example:port" }],
    ["a page of another host", 403, "ORIGIN_REJECTED", { ":authority": "a.example", origin: "https://evil.example" }],
    ["another version", 426, "VERSION_UNSUPPORTED", { "sec-websocket-version": "8" }],
    ["another protocol", 400, "UPGRADE_NOT_WEBSOCKET", { ":protocol": "connect-udp" }],
    ["headers that are too large", 431, "HEADERS_TOO_LARGE", { "x-large": "x".repeat(20_000) }],
    ["a subprotocol that nobody knows", 400, "SUBPROTOCOL_NO_MATCH", { "sec-websocket-protocol": "v9" }],
    ["a body", 400, "BODY_PRESENT", { "content-length": "1" }],
  ])("for %s is a %d %s", async (_, status, code, headers) => {
    const { client } = await hosting(strict);
    const answer = await client.answer(client.handshake("/", headers));
    expect([answer.status, answer.headers["onesocket-failure"]]).toEqual([status, code]);
    expect(answer.body).toMatch(new RegExp(`^${code}: .+\nFix: .+\n`));
    expect(answer.headers).not.toHaveProperty("upgrade");
  });

  it.each(["a.example/x?", "a.example\\x", "u@a.example", "a.example#"])(
    "is left to Node for the authority %s, which resets the stream",
    async (authority) => {
      const { client } = await hosting(strict);
      const stream = client.handshake("/", { ":authority": authority });
      await new Promise((resolve) => stream.once("close", resolve));
      expect(stream.rstCode).toBe(1);
    },
  );

  it("names the version that would do", async () => {
    const { client } = await hosting(echo);
    const { headers } = await client.answer(client.handshake("/", { "sec-websocket-version": "8" }));
    expect(headers["sec-websocket-version"]).toBe("13");
  });

  it("is not that of a page of the same authority", async () => {
    const { client } = await hosting(echo);
    await client.open("/", { ":authority": "a.example", origin: "https://a.example" });
  });

  it("for a CONNECT without a protocol is NOT_A_HANDSHAKE", async () => {
    const { client } = await hosting(echo);
    const answer = await client.answer(client.request({ ":method": "CONNECT", ":authority": "a.example:80" }));
    expect(answer.headers["onesocket-failure"]).toBe("NOT_A_HANDSHAKE");
  });

  it("ends its stream, and leaves the connection to others", async () => {
    const { client } = await hosting(echo);
    const stream = client.handshake("/", { "sec-websocket-version": "8" });
    const over = once(stream, "close");
    await client.answer(stream);
    expect(await (await client.open()).ask("hi")).toBe("hi");
    stream.end();
    await over;
    expect(stream.rstCode).toBe(0);
  });

  it("is what the hook answers", async () => {
    const headers = { "set-cookie": "a=1", "x-why": "because" };
    const door = defineSocket({ name: "door", upgrade: () => new Response("sign in", { status: 401, headers }) });
    const { client } = await hosting(door);
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.body]).toEqual([401, "sign in"]);
    expect(answer.headers).toMatchObject({ "set-cookie": ["a=1"], "x-why": "because" });
  });

  it("is what the hook answers, without the headers that HTTP/2 forbids", async () => {
    const forbidden = [
      "connection",
      "http2-settings",
      "keep-alive",
      "proxy-connection",
      "te",
      "transfer-encoding",
      "upgrade",
    ];
    const headers = Object.fromEntries(forbidden.map((name) => [name, "gzip"]));
    const refusal = () => new Response("no", { status: 403, headers: { ...headers, "x-why": "because" } });
    const { client } = await hosting(defineSocket({ name: "door", upgrade: refusal }));
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.body, answer.headers["x-why"]]).toEqual([403, "no", "because"]);
    for (const name of forbidden) expect(answer.headers).not.toHaveProperty(name);
  });

  it("opens with what the hook decides, without the headers that HTTP/2 forbids", async () => {
    const { client } = await hosting(
      defineSocket({ ...echo, name: "te", upgrade: () => ({ headers: { te: "gzip" } }) }),
    );
    expect(await (await client.open()).ask("hi")).toBe("hi");
  });

  it.each([
    ["no answer at all", () => Response.error()],
    ["a header that HTTP has no place for", () => new Response("no", { status: 403, headers: { "x-bell": "\u0007" } })],
    [
      "a body that has been read",
      async () => {
        const response = new Response("no", { status: 403 });
        await response.text();
        return response;
      },
    ],
  ])("is a 500 instead of %s of an app, which is told", async (_, fetch) => {
    const { client, events } = await hosting({ fetch });
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.headers["onesocket-failure"]]).toEqual([500, "HANDLER_ERROR"]);
    expect(events).toContainEqual(expect.objectContaining({ type: "error", error: expect.any(Error) }));
    expect(await client.get("/")).toBe("page /");
  });

  it("never has a status of success, which would open the socket", async () => {
    const { client } = await hosting(defineSocket({ name: "page", upgrade: () => new Response("<h1>Hello</h1>") }));
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.headers["onesocket-failure"]]).toEqual([404, "UNHANDLED_UPGRADE"]);
  });

  it("can be told to a browser by a code", async () => {
    const { client } = await hosting(defineSocket({ name: "door", upgrade: () => refuse(4403, "banned") }));
    const socket = await client.open();
    expect(await socket.closed).toEqual({ code: 4403, reason: "banned", wasClean: true });
    expect(await socket.over).toBe(0);
  });

  it("is a 404 on a path that nobody takes", async () => {
    const { client } = await hosting(echo, { path: "/chat" });
    expect((await client.answer(client.handshake("/other"))).status).toBe(404);
    await client.open("/chat?x=1");
  });
});

describe("a server with a `connect` listener of its own", () => {
  it("answers there what nobody else takes, body and all", async () => {
    const server = createServer(() => {});
    server.on("connect", (request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (request.url === "/echo" && request.headers[":protocol"] === "websocket") return;
      response.setHeader("x-theirs", "1");
      request.pipe(response);
    });
    const { client } = await hosting(echo, { path: "/echo" }, server);
    for (const stream of [client.handshake("/theirs"), client.handshake("/echo", { ":protocol": "theirs" })]) {
      const { headers, body } = await client.answer(stream.end("their bytes"));
      expect([headers["x-theirs"], body]).toEqual(["1", "their bytes"]);
    }
    expect(await (await client.open("/echo")).ask("hi")).toBe("hi");
  });
});

describe("an app over HTTP/2", () => {
  const app = new Hono<{ Bindings: { incoming: { socket: { remoteAddress: string } } } }>();
  app.use("/members/*", async (c, next) => {
    await next();
    c.header("set-cookie", "seen=1", { append: true });
    if (c.req.query("key") !== "1") c.res = c.text("sign in", 401);
  });
  app.get("/members/chat", (c) => upgrade(c, echo));
  app.get(
    "/closure",
    upgradeWebSocket((c) => ({ onOpen: (_, ws) => ws.send(c.env.incoming.socket.remoteAddress) })),
  );
  app.get("/page", (c) => c.html("<h1>Hello</h1>"));

  it("opens the sockets of its routes", async () => {
    const { client } = await hosting(app);
    const socket = await client.open("/members/chat?key=1");
    expect((await socket.answer)["set-cookie"]).toEqual(["seen=1"]);
    expect(await socket.ask("hi")).toBe("hi");
  });

  it("has its middleware's word", async () => {
    const { client } = await hosting(app);
    const answer = await client.answer(client.handshake("/members/chat"));
    expect([answer.status, answer.body]).toEqual([401, "sign in"]);
  });

  it("sees Node's own request, as over HTTP/1.1", async () => {
    const { client } = await hosting(app);
    expect(await (await client.open("/closure")).next()).toBe("127.0.0.1");
  });

  it("does not open a socket with the 200 of a page", async () => {
    const { client } = await hosting(app);
    expect((await client.answer(client.handshake("/page"))).status).toBe(404);
  });

  it("leaves what it does not know to the next host on the server", async () => {
    const server = createServer();
    attach(server, app);
    const { client } = await hosting(echo, { path: "/echo" }, server);
    expect(await (await client.open("/echo")).ask("hi")).toBe("hi");
    expect(await (await client.open("/members/chat?key=1")).ask("hi")).toBe("hi");
  });
});

describe("limits.streamsPerConnection", () => {
  it("refuses one more with 503, and leaves other connections alone", async () => {
    const { client, authority } = await hosting(
      defineSocket({ ...echo, name: "few", limits: { streamsPerConnection: 2 } }),
    );
    const [first] = [await client.open(), await client.open()];
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.headers["onesocket-failure"]]).toEqual([503, "OVERLOADED"]);
    expect(await (await (await connected(`http://${authority}`)).open()).ask("hi")).toBe("hi");
    await first!.close();
    await first!.over;
    expect(await (await client.open()).ask("hi")).toBe("hi");
  });

  it("is told to the clients of a server that serve makes", async () => {
    const server = await serve(echo, { port: 0, hostname: "127.0.0.1", tls: certificate(), http2: true });
    open.push(() => server.close());
    const { session } = await connected(`https://127.0.0.1:${server.port}`);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(128);
  });
});

describe("flow control over HTTP/2", () => {
  it("fills up one socket, and neither the others nor the pages of its connection", async () => {
    const sockets: Socket[] = [];
    const { client } = await hosting(
      defineSocket({ ...echo, name: "flow", open: (socket) => void sockets.push(socket) }),
    );
    const [full, free] = [await client.open(), await client.open()];
    full.stream.pause();
    for (let i = 0; i < 10; i++) sockets[0]!.send(new Uint8Array(100_000));
    expect(await free.ask("hi")).toBe("hi");
    expect(await client.get("/page")).toBe("page /page");
    expect(sockets[0]!.bufferedAmount).toBeGreaterThan(500_000);
    full.stream.resume();
    await sockets[0]!.drained();
    expect(sockets[0]!.bufferedAmount).toBe(0);
    for (let i = 0; i < 10; i++) expect(await full.next()).toHaveLength(100_000);
  });

  it("lets a socket go that never reads", async () => {
    const ends = endings();
    const flood = defineSocket({
      name: "flood",
      limits: { bufferedBytes: 200_000, closeMs: 50 },
      open(socket) {
        while (socket.send(new Uint8Array(50_000)));
      },
      close: ends.close,
    });
    const { client, events } = await hosting(flood);
    const stream = client.handshake();
    expect((await ends.next())[0]).toMatch(/^\/ 10\d\d/);
    expect(events).toContainEqual(expect.objectContaining({ type: "failed", code: "SLOW_CONSUMER" }));
    await once(stream, "close");
    expect(stream.rstCode).toBe(CANCEL);
  });

  it("stops reading the stream of a slow handler, and no other", async () => {
    const work = gate();
    let handled = 0;
    const slow = defineSocket({
      name: "slow",
      limits: { queuedMessages: 4 },
      async message(socket, data) {
        if (typeof data === "string") return void socket.send(data);
        await work.promise;
        handled++;
      },
    });
    const { client } = await hosting(slow);
    const [busy, free] = [await client.open(), await client.open()];
    for (let i = 0; i < 50; i++) busy.send(new Uint8Array(20_000));
    for (const text of ["a", "b", "c"]) expect(await free.ask(text)).toBe(text);
    expect(busy.stream.writableLength).toBeGreaterThan(500_000);
    work.open();
    expect(await busy.ask("done")).toBe("done");
    expect(handled).toBe(50);
  });
});

describe("the end of a WebSocket over HTTP/2", () => {
  it("is clean when the client closes", async () => {
    const ends = endings();
    const { client } = await hosting(defineSocket({ ...echo, name: "ends", close: ends.close }));
    const [socket, other] = [await client.open("/a"), await client.open("/b")];
    expect(await socket.close(4001, "bye")).toMatchObject({ code: 4001, wasClean: true });
    expect(await ends.next()).toEqual(["/a 4001 bye true"]);
    expect(await socket.over).toBe(0);
    expect(await other.ask("hi")).toBe("hi");
  });

  it("is clean when the server closes", async () => {
    const ends = endings();
    const door = defineSocket({ name: "door", open: (socket) => socket.close(4002, "full"), close: ends.close });
    const { client } = await hosting(door);
    const socket = await client.open("/a");
    expect(await socket.closed).toEqual({ code: 4002, reason: "full", wasClean: true });
    expect(await ends.next()).toEqual(["/a 4002 full true"]);
    expect(await socket.over).toBe(0);
  });

  it("is 1006 for a stream that is reset, and for no other", async () => {
    const ends = endings();
    const { client } = await hosting(defineSocket({ ...echo, name: "ends", close: ends.close }));
    const [socket, other] = [await client.open("/a"), await client.open("/b")];
    socket.stream.close(CANCEL);
    expect(await ends.next()).toEqual(["/a 1006  false"]);
    expect(await other.ask("hi")).toBe("hi");
  });

  it("is 1006 for a reset stream that a slow handler keeps from being read", async () => {
    const ends = endings();
    const work = gate();
    const options = { limits: { queuedMessages: 2 }, message: () => work.promise, close: ends.close };
    const { client } = await hosting(defineSocket({ ...options, name: "slow" }));
    const [socket, other] = [await client.open("/a"), await client.open("/b")];
    for (let i = 0; i < 50; i++) socket.send(new Uint8Array(20_000));
    socket.stream.close(CANCEL);
    await other.close();
    work.open();
    expect((await ends.next(2))[0]).toBe("/a 1006  false");
  });

  it("is 1006 at once for a stream that is reset without an error while a slow handler keeps it from being read", async () => {
    const ends = endings();
    const work = gate();
    const begun = gate();
    const message = () => {
      begun.open();
      return work.promise;
    };
    const options = { limits: { queuedMessages: 8 }, message, close: ends.close, open: watch };
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    function watch(socket: Socket) {
      socket.signal.addEventListener("abort", () => leave());
    }
    const { client } = await hosting(defineSocket({ ...options, name: "slow" }));
    const socket = await client.open("/a");
    for (let i = 0; i < 6; i++) socket.send("x");
    await begun.promise;
    // It is not read now, and stands before the end.
    socket.send("y");
    await client.get("/");
    socket.stream.close(0);
    await left;
    work.open();
    expect(await ends.next()).toEqual(["/a 1006  false"]);
  });

  it("is 1006 for a stream that ends without a Close", async () => {
    const ends = endings();
    const { client } = await hosting(defineSocket({ name: "ends", close: ends.close }));
    const socket = await client.open("/a");
    socket.stream.end();
    expect(await ends.next()).toEqual(["/a 1006  false"]);
    expect(await socket.over).toBe(0);
  });

  it("resets its stream alone when the server terminates it", async () => {
    const { client } = await hosting(
      defineSocket({
        name: "cut",
        message: (socket, data) => (data === "cut" ? socket.terminate() : socket.send(data)),
      }),
    );
    const [socket, other] = [await client.open(), await client.open()];
    socket.send("cut");
    expect(await socket.over).toBe(CANCEL);
    expect((await socket.closed).code).toBe(1006);
    expect(await other.ask("hi")).toBe("hi");
  });

  it.each<[string, (client: Http2Client) => void]>([
    ["a GOAWAY that names an error", ({ session }) => session.goaway(2)],
    ["a session that is destroyed", ({ session }) => session.destroy()],
    ["a connection that is lost", ({ session }) => session.socket.destroy()],
  ])("is 1006 for all sockets of %s", async (_, end) => {
    const ends = endings();
    const { client } = await hosting(defineSocket({ name: "ends", close: ends.close }));
    await Promise.all([client.open("/a"), client.open("/b")]);
    end(client);
    expect(await ends.next(2)).toEqual(["/a 1006  false", "/b 1006  false"]);
  });

  it("does not come with a GOAWAY that names no error", async () => {
    const { client } = await hosting(echo);
    const socket = await client.open();
    client.session.close();
    expect(await socket.ask("hi")).toBe("hi");
    expect(await socket.close(1000)).toMatchObject({ wasClean: true });
    await once(client.session, "close");
  });
});

describe("while `upgrade` runs, over HTTP/2,", () => {
  const asking = () => {
    const [asked, answer] = [gate(), gate()];
    const aborted = gate();
    const definition = defineSocket({
      ...echo,
      name: "asking",
      async upgrade(_, { signal }) {
        signal.addEventListener("abort", aborted.open);
        asked.open();
        await answer.promise;
      },
      open: (socket) => socket.send("open"),
    });
    return { definition, asked: asked.promise, answer: answer.open, aborted: aborted.promise };
  };

  it("frames that arrive are kept, and come after `open`", async () => {
    const { definition, asked, answer } = asking();
    const { client } = await hosting(definition);
    const socket = new Http2Socket(client.handshake());
    socket.send("one");
    await asked;
    socket.send("two");
    await client.get("/");
    answer();
    expect([await socket.next(), await socket.next(), await socket.next()]).toEqual(["open", "one", "two"]);
  });

  it.each<[string, (socket: Http2Socket, client: Http2Client) => void]>([
    ["resets its stream", ({ stream }) => stream.close(CANCEL)],
    ["ends its stream", ({ stream }) => stream.end()],
    ["destroys its session", (_, { session }) => session.destroy()],
  ])("a client that %s is gone", async (_, leave) => {
    const { definition, asked, answer, aborted } = asking();
    const { client, events } = await hosting(definition);
    const socket = new Http2Socket(client.handshake());
    await asked;
    leave(socket, client);
    await aborted;
    answer();
    expect((await socket.closed).code).toBe(1006);
    expect(events).toContainEqual(expect.objectContaining({ failure: { code: "CLIENT_GONE" } }));
  });

  it("a client that resets its stream without an error is gone, though it sent more than is read meanwhile", async () => {
    const { definition, asked, answer, aborted } = asking();
    const { client, events } = await hosting({ ...definition, limits: { ...definition.limits, upgradeMs: 60_000 } });
    const stream = client.handshake();
    await asked;
    const written = (bytes: number) => new Promise((resolve) => stream.write(Buffer.alloc(bytes), resolve));
    for (const bytes of [40_000, 30_000, 1000]) await written(bytes);
    stream.close(0);
    await aborted;
    answer();
    expect(await (await client.open()).next()).toBe("open");
    expect(events).toContainEqual(expect.objectContaining({ failure: { code: "CLIENT_GONE" } }));
  });

  it("time runs out after limits.upgradeMs", async () => {
    const { definition } = asking();
    const { client } = await hosting(defineSocket({ ...definition, name: "late", limits: { upgradeMs: 20 } }));
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.headers["onesocket-failure"]]).toEqual([503, "HANDSHAKE_TIMEOUT"]);
  });
});

describe("a server that leaves, over HTTP/2,", () => {
  it("drains: closes with 1012, and answers 503 from then on", async () => {
    const { client, attached } = await hosting(echo);
    const sockets = await Promise.all([client.open(), client.open()]);
    const drained = attached.drain({ reason: "deploy" });
    const answer = await client.answer(client.handshake());
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    for (const socket of sockets) {
      expect(await socket.closed).toEqual({ code: 1012, reason: "deploy", wasClean: true });
    }
    expect(await drained).toEqual({ sockets: 2, clean: 2, lost: 0 });
  });

  it("closes with 1001, and takes no more handshakes", async () => {
    const { client, attached } = await hosting(echo);
    const socket = await client.open();
    await attached.close();
    expect((await socket.closed).code).toBe(1001);
    expect((await client.answer(client.handshake())).status).toBe(405);
    expect(await client.get("/")).toBe("page /");
  });
});

describe("serve with http2", () => {
  const tls = certificate();
  const serving = async (target: Parameters<typeof serve>[0]) => {
    const server = await serve(target, { port: 0, hostname: "127.0.0.1", tls, http2: true, observe: () => {} });
    open.push(() => server.close());
    return server;
  };

  it("serves sockets over HTTP/2 and HTTP/1.1 on one port", async () => {
    const { port, url } = await serving(echo);
    expect(url).toBe(`wss://localhost:${port}`);
    expect(await (await (await connected(`https://127.0.0.1:${port}`)).open()).ask("two")).toBe("two");
    const ws = new WebSocket(`wss://127.0.0.1:${port}`, { rejectUnauthorized: false });
    ws.on("open", () => ws.send("one"));
    expect(String((await once(ws, "message"))[0])).toBe("one");
  });

  it("cuts a CONNECT of HTTP/1.1, as Node does", async () => {
    const { port } = await serving(echo);
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    socket.write("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    await once(socket.resume(), "close");
  });

  it("serves an app's pages beside its sockets", async () => {
    const app = new Hono().get("/", (c) => c.text("page")).get("/ws", (c) => upgrade(c, echo));
    const { port } = await serving(app);
    const client = await connected(`https://127.0.0.1:${port}`);
    expect(await client.get("/")).toBe("page");
    expect(await (await client.open("/ws")).ask("hi")).toBe("hi");
  });

  it("answers a plain request to a definition with the reason why it is no handshake", async () => {
    const { port } = await serving(echo);
    const client = await connected(`https://127.0.0.1:${port}`);
    const { status, headers, body } = await client.answer(client.request({ ":path": "/" }).end());
    expect([status, headers["onesocket-failure"]]).toEqual([426, "NOT_A_HANDSHAKE"]);
    expect(body).toMatch(/^NOT_A_HANDSHAKE: /);
  });

  it("closes every socket with 1001, then its connections, and resolves", async () => {
    const { port, close } = await serving(echo);
    const client = await connected(`https://127.0.0.1:${port}`);
    const socket = await client.open();
    const gone = once(client.session, "close");
    await close();
    expect((await socket.closed).code).toBe(1001);
    await gone;
  });

  it("needs a certificate", async () => {
    await expect(serve(echo, { http2: true })).rejects.toThrow(TypeError);
  });
});
