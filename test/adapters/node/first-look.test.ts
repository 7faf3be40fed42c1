import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { Hono } from "hono";
import { defineSocket, type SocketEvent } from "onesocket";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { frame, header, RawClient, TEXT } from "../../helpers/raw.ts";

/** Node's parser leaves its place on a socket; who was never parsed by it has none. */
function wayOf(raw: unknown): "ours" | "Node's" {
  return "parser" in (raw as object) ? "Node's" : "ours";
}

/** Node remembers what it has asked the system for. */
function hasNoDelay(raw: Socket): unknown {
  const key = Object.getOwnPropertySymbols(raw).find(({ description }) => description === "kSetNoDelay");
  return key && (raw as unknown as Record<symbol, unknown>)[key];
}

const told: SocketEvent[] = [];
let lastPath = "";

const echo = defineSocket({
  name: "first look",
  protocols: ["chat"],
  limits: { handshakeMs: 1000 },
  upgrade: async ({ url }) => {
    lastPath = new URL(url).pathname;
    if (lastPath === "/later") await new Promise((resolve) => setImmediate(resolve));
    return lastPath === "/no" ? new Response("no", { status: 401, headers: { "x-why": "no" } }) : undefined;
  },
  open: (socket) => socket.send(wayOf(socket.raw)),
  message: (socket, data) => void socket.send(data),
  observe: (event) => void told.push(event),
});

const app = new Hono<{ Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }>();
app.get("/incoming", (c) => {
  const { incoming, outgoing } = c.env;
  const { method, url, httpVersion, complete, headers, rawHeaders, socket } = incoming;
  const { host: _host, ...rest } = headers;
  return c.json({
    seen: {
      method,
      url,
      httpVersion,
      complete,
      headers: rest,
      raw: rawHeaders.slice(2),
      address: socket.remoteAddress,
    },
    same: outgoing.req === incoming && outgoing === c.env.outgoing,
    body: c.req.raw.body,
  });
});
app.get("/socket", (c) => upgrade(c, echo));

let ours: NodeServer;
let nodes: NodeServer;
let served: NodeServer;
let servedByNode: NodeServer;

/** A server whose connections have a time of the operator's own is left to Node from the first byte. */
function leaveToNode(server: NodeServer): NodeServer {
  server.server.setTimeout(600_000);
  return server;
}

beforeAll(async () => {
  const options = { port: 0, hostname: "127.0.0.1", observe: () => {} };
  ours = await serve(echo, options);
  nodes = leaveToNode(await serve(echo, options));
  served = await serve(app, options);
  servedByNode = leaveToNode(await serve(app, options));
});

beforeEach(() => {
  told.length = 0;
});

afterAll(() => Promise.all([ours, nodes, served, servedByNode].map((server) => server.close())));

const HEAD = {
  host: "Host: a.example",
  upgrade: "Upgrade: websocket",
  connection: "Connection: Upgrade",
  key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  version: "Sec-WebSocket-Version: 13",
};

/** A handshake's head, with some of its lines replaced or left out, and others behind them. */
function headOf(
  { first = "GET /here HTTP/1.1", ...changed }: Partial<typeof HEAD> & { first?: string } = {},
  ...more: string[]
) {
  const lines = Object.values({ ...HEAD, ...changed }).filter(Boolean);
  return `${[first, ...lines, ...more].join("\r\n")}\r\n\r\n`;
}

/** What a server answers to these bytes, sent in one piece: the answer, and the first frame behind a 101. */
async function answerOf({ port }: NodeServer, bytes: string | Buffer) {
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.write(Buffer.from(bytes as string, "latin1"));
  const { status, headers, body } = await client.response();
  const way = status === 101 ? await client.text() : undefined;
  client.reset();
  return { status, headers: headers.filter(([name]) => name !== "date"), body, way };
}

function pieces(): ReadableStream<Uint8Array> {
  const texts = ["not ", "here"];
  return new ReadableStream({
    pull(body) {
      const text = texts.shift();
      if (text) body.enqueue(Buffer.from(text));
      else body.close();
    },
  });
}

/** What observers heard, but for what differs between any two. */
const heard = () =>
  told
    .splice(0)
    .map((event) =>
      JSON.parse(
        JSON.stringify(event, (name, value) =>
          name === "ms" || name === "socket" || name === "traffic" ? undefined : value,
        ),
      ),
    );

describe("the first bytes of a connection", () => {
  it.each<[string, string]>([
    ["as the standard has it", headOf()],
    [
      "of a browser",
      headOf(
        { connection: "Connection: keep-alive, Upgrade" },
        "Origin: http://a.example",
        "Cookie: a=b; c=d",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
      ),
    ],
    ["with a subprotocol", headOf({}, "Sec-WebSocket-Protocol: other, chat")],
    [
      "with spaces and tabs around values, and an empty one",
      headOf({ upgrade: "Upgrade: \t WebSocket \t" }, "X-Empty:", "X-Tab: \ta\tb"),
    ],
    ["of a page from elsewhere", headOf({}, "Origin: http://b.example")],
    ["without a key", headOf({ key: "" })],
    ["with an old version", headOf({ version: "Sec-WebSocket-Version: 8" })],
    ["without a Host", headOf({ host: "" })],
    ["with a Host that is none", headOf({ host: "Host: a b" })],
    ["that a hook answers", headOf({ first: "GET /no HTTP/1.1" })],
    ["that a hook takes its time for", headOf({ first: "GET /later HTTP/1.1" })],
  ])("that are a plain handshake, %s, are answered as Node's parser would have them answered", async (_, head) => {
    const answers = [await answerOf(ours, head)];
    const events = [heard()];
    answers.push(await answerOf(nodes, head));
    events.push(heard());
    const [one, two] = answers;
    expect(one).toEqual({ ...two, way: two!.way && "ours" });
    expect(two!.way).toBe(two!.status === 101 ? "Node's" : undefined);
    const opened = (list: { type: string }[]) => list.filter(({ type }) => type !== "closed");
    expect(opened(events[0]!)).toEqual(opened(events[1]!));
  });

  it("have headers that a function in origins may ask for in any case, as it may on every way in", async () => {
    const seen: (string | null)[][] = [];
    const asking = defineSocket({
      name: "asking",
      origins(_, { headers }) {
        seen.push(["Origin", "X-Own", "x-own", "X-OWN", "X-None", "constructor"].map((name) => headers.get(name)));
        return headers.get("X-Own") === "yes";
      },
      open: (socket) => void socket.send(wayOf(socket.raw)),
    });
    const servers = [await serve(asking, { port: 0, hostname: "127.0.0.1" })];
    servers.push(leaveToNode(await serve(asking, { port: 0, hostname: "127.0.0.1" })));
    const head = headOf({}, "Origin: http://b.example", "X-Own: yes");
    const answers = [await answerOf(servers[0]!, head), await answerOf(servers[1]!, head)];
    expect(answers).toMatchObject([
      { status: 101, way: "ours" },
      { status: 101, way: "Node's" },
    ]);
    expect(seen).toEqual(Array(2).fill(["http://b.example", "yes", "yes", "yes", null, null]));
    await Promise.all(servers.map((server) => server.close()));
  });

  it.each<[string, string]>([
    ["a header twice", headOf({}, "X-A: 1", "X-A: 2")],
    ["an empty header twice", headOf({}, "Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol:")],
    ["a name with an underscore", headOf({}, "X_A: 1")],
    ["a value beyond ASCII", headOf({}, "X-A: \xe9")],
    ["an absolute target", headOf({ first: "GET http://a.example/here HTTP/1.1" })],
    ["a target to be escaped", headOf({ first: 'GET /here?"x" HTTP/1.1' })],
    ["two targets to choose from", headOf({ connection: "Connection: Upgrade, keep-alive" })],
    ["HTTP/1.0", headOf({ first: "GET /here HTTP/1.0" })],
    ["a header named like a property", headOf({}, "Constructor: 1")],
    ["a header of which Node makes a list", headOf({}, "Set-Cookie: a=b")],
    ["more than a hundred headers", headOf({}, ...Array.from({ length: 100 }, (_, i) => `X-${i}: 1`))],
    ["more than 8 KiB", headOf({}, `X-A: ${"a".repeat(8192)}`)],
    ["a message behind it", `${headOf()}${frame(TEXT, "early").toString("latin1")}`],
  ])("are left to Node where they have %s, and a socket opens all the same", async (_, head) => {
    expect(await answerOf(ours, head)).toMatchObject({ status: 101, way: "Node's" });
  });

  it.each<[string, string]>([
    ["a body", headOf({}, "Content-Length: 4")],
    ["a folded line", headOf({}, "X-A: 1\r\n 2")],
    ["a bare line feed", headOf({ upgrade: "Upgrade: websocket\nX-A: 1" })],
    ["a space before a colon", headOf({ upgrade: "Upgrade : websocket" })],
    ["another method", headOf({ first: "POST /here HTTP/1.1" })],
    ["no upgrade in Connection", headOf({ connection: "Connection: close" })],
    ["a control character", headOf({}, "X-A: \x01")],
    ["no HTTP at all", "hello\r\n\r\n"],
  ])("are left to Node where they have %s, and are refused", async (_, head) => {
    const [one, two] = [await answerOf(ours, head), await answerOf(nodes, head)];
    expect(one).toEqual(two);
    expect(one.status).toBeGreaterThanOrEqual(400);
  });

  it("leave Nagle's algorithm to stand until there is a first message to send, and no longer; for Node, none at all", async () => {
    const raws: Socket[] = [];
    const quiet = defineSocket({
      name: "quiet",
      open: ({ raw }) => void raws.push(raw as Socket),
      message: (socket, data) => void socket.send(data),
    });
    const server = await serve(quiet, { port: 0, hostname: "127.0.0.1", observe: () => {} });
    const client = await RawClient.connect(`http://127.0.0.1:${server.port}`);
    client.write(Buffer.from(headOf()));
    expect((await client.response()).status).toBe(101);
    expect(raws.map(hasNoDelay)).toEqual([false]);
    client.write(frame(TEXT, "hello"));
    expect(await client.text()).toBe("hello");
    expect(raws.map(hasNoDelay)).toEqual([true]);
    const nodes = await RawClient.connect(`http://127.0.0.1:${server.port}`);
    nodes.write(Buffer.from(headOf({}, "X_A: 1")));
    expect((await nodes.response()).status).toBe(101);
    expect(raws.map(hasNoDelay)).toEqual([true, true]);
    for (const each of [client, nodes]) each.reset();
    await server.close();
  });

  it("leave it to stand neither for first messages that leave in several pieces, nor for an answer that comes in pieces", async () => {
    const long = defineSocket({
      name: "long",
      upgrade: ({ url }) => (url.endsWith("/no") ? new Response(pieces(), { status: 401 }) : undefined),
      open(socket) {
        socket.send("a".repeat(100_000));
        socket.send("b");
      },
    });
    const server = await serve(long, { port: 0, hostname: "127.0.0.1", observe: () => {} });
    const raws: Socket[] = [];
    server.server.on("connection", (raw: Socket) => void raws.push(raw));
    const client = await RawClient.connect(`http://127.0.0.1:${server.port}`);
    client.write(Buffer.from(headOf()));
    expect((await client.response()).status).toBe(101);
    expect((await client.text()).length).toBe(100_000);
    expect(await client.text()).toBe("b");
    client.reset();
    expect((await answerOf(server, headOf({ first: "GET /no HTTP/1.1" }))).status).toBe(401);
    expect(raws.map(hasNoDelay)).toEqual([true, true]);
    await server.close();
  });

  it("are put together by Node where they come in pieces, cut anywhere", async () => {
    const head = Buffer.from(headOf(), "latin1");
    for (let cut = 1; cut < head.length; cut += 7) {
      const client = await RawClient.connect(`http://127.0.0.1:${ours.port}`);
      client.write(head.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      client.write(head.subarray(cut));
      expect((await client.response()).status).toBe(101);
      expect(["ours", "Node's"]).toContain(await client.text());
      client.write(frame(TEXT, "hello"));
      expect(await client.text()).toBe("hello");
      client.reset();
    }
  });

  it("leave a message that comes while a hook runs for the socket", async () => {
    const client = await RawClient.connect(`http://127.0.0.1:${ours.port}`);
    client.write(Buffer.from(headOf({ first: "GET /later HTTP/1.1" })));
    client.write(frame(TEXT, "early"));
    expect((await client.response()).status).toBe(101);
    await client.text();
    expect(await client.text()).toBe("early");
    client.reset();
  });

  it("may not come: Node answers for it in time, and nothing is told of who only looked", async () => {
    const silent = connect(ours.port, "127.0.0.1");
    const answer = await text(silent);
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*HANDSHAKE_TIMEOUT: /);
    told.length = 0;
    const looked = connect(ours.port, "127.0.0.1");
    await once(looked, "connect");
    looked.end();
    expect(await text(looked)).toBe("");
    const reset = connect(ours.port, "127.0.0.1");
    await once(reset, "connect");
    reset.resetAndDestroy();
    expect(await answerOf(ours, headOf())).toMatchObject({ status: 101 });
    expect(told.filter(({ type }) => type === "refused")).toEqual([]);
  });

  it("may not have come yet when the server's own closeAllConnections cuts the connection", async () => {
    const { server, close } = await serve(echo, { port: 0, hostname: "127.0.0.1" });
    const { port } = server.address() as AddressInfo;
    const silent = connect(port, "127.0.0.1");
    const [socket] = await once(server, "connection");
    (server as Server).closeAllConnections();
    expect(socket.destroyed).toBe(true);
    expect(await text(silent)).toBe("");
    expect(await answerOf({ port } as NodeServer, headOf())).toMatchObject({ status: 101 });
    await close();
  });

  it("are waited for no longer when the server itself was closed, which then ends", async () => {
    const { server } = await serve(echo, { port: 0, hostname: "127.0.0.1" });
    const silent = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(server, "connection");
    const closed = once(server, "close");
    server.close();
    expect(await text(silent)).toBe("");
    await closed;
  });

  it("are Node's when somebody else listens for upgrades, reads the connection, or decides on upgrades", async () => {
    const { server } = ours;
    const listener = () => {};
    server.on("upgrade", listener);
    expect((await answerOf(ours, headOf())).way).toBe("Node's");
    server.off("upgrade", listener);
    const read: string[] = [];
    const reads = (socket: NodeJS.ReadableStream) => socket.on("data", (chunk) => void read.push(String(chunk)));
    server.on("connection", reads);
    expect((await answerOf(ours, headOf())).way).toBe("Node's");
    expect(read.join("")).toContain("GET /here");
    server.off("connection", reads);
    const asked = server as unknown as { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };
    const own = asked.shouldUpgradeCallback;
    if (own) {
      asked.shouldUpgradeCallback = () => false;
      expect((await answerOf(ours, headOf())).status).not.toBe(101);
      asked.shouldUpgradeCallback = own;
    }
    expect((await answerOf(ours, headOf())).way).toBe("ours");
  });
});

describe("an app whose handshake was read by us", () => {
  it("sees what Node would have made of it, when it looks", async () => {
    const head = headOf({ first: "GET /incoming?a=b HTTP/1.1" }, "X-Mixed: \t Case ");
    const [one, two] = [await answerOf(served, head), await answerOf(servedByNode, head)];
    expect(one).toEqual(two);
    expect(JSON.parse(one.body)).toMatchObject({
      same: true,
      seen: { method: "GET", url: "/incoming?a=b", raw: expect.arrayContaining(["X-Mixed", "Case"]) },
    });
    expect(header({ ...one }, "connection")).toBe("close");
  });

  it("opens sockets by its routes, and leaves plain requests to Node", async () => {
    expect(await answerOf(served, headOf({ first: "GET /socket HTTP/1.1" }))).toMatchObject({
      status: 101,
      way: "ours",
    });
    expect(await answerOf(servedByNode, headOf({ first: "GET /socket HTTP/1.1" }))).toMatchObject({ way: "Node's" });
    expect((await fetch(`http://127.0.0.1:${served.port}/none`)).status).toBe(404);
  });
});
