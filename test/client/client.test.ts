import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { WebSocket } from "ws";
import { type Client, type ConnectOptions, connect, RequestError } from "../../src/client/index.ts";
import { PING, PONG } from "../../src/core/rpc/wire.ts";
import { BUFFERS, sendReused } from "../hosts/buffers.ts";
import { event, Peer, reaching, Tunnel } from "./peer.ts";

const SOON: ConnectOptions = { backoff: { firstMs: 20, longestMs: 40, spreadMs: 20 } };

const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function peer(serve?: (socket: WebSocket, text: string) => void): Promise<Peer> {
  const started = await Peer.start(serve);
  open.push(started);
  return started;
}

function client<Definition = unknown>(
  url: Parameters<typeof connect>[0],
  options: ConnectOptions = {},
): Client<Definition> {
  const made = connect<Definition>(url, { ...SOON, ...options });
  open.push({ stop: () => made.close() });
  return made;
}

/** A JSON-RPC server of a few lines: `echo` gives its params back, `fail` an error, `never` nothing. */
function rpc(socket: WebSocket, text: string): void {
  if (text === PING) socket.send(PONG);
  if (text === PING) return;
  const { id, method, params } = JSON.parse(text);
  const error = { code: -32_602, message: "no", data: [1] };
  if (method === "echo") socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: params }));
  if (method === "fail") socket.send(JSON.stringify({ jsonrpc: "2.0", id, error }));
  if (method === "die") socket.terminate();
}

describe("a connection", () => {
  it("is connecting, then open, then closed, and says so by events", async () => {
    const { url } = await peer();
    const socket = client(url);
    const seen: string[] = [];
    socket.addEventListener("status", () => seen.push(socket.status.state));
    expect(socket.status).toEqual({ state: "connecting" });
    await reaching(socket, "open");
    socket.close();
    expect(seen).toEqual(["open", "closed"]);
    expect(socket.status).toEqual({ state: "closed" });
  });

  it("carries text and bytes both ways, in order", async () => {
    const { url } = await peer();
    const socket = client(url);
    await reaching(socket, "open");
    const messages = socket[Symbol.asyncIterator]();
    const first = messages.next();
    for (const data of ["häi", new Uint8Array([1, 2]), new Uint16Array([258]).buffer, new DataView(new ArrayBuffer(1))])
      expect(socket.send(data)).toBe(true);
    expect((await first).value).toBe("häi");
    expect((await messages.next()).value).toEqual(new Uint8Array([1, 2]));
    expect((await messages.next()).value).toEqual(new Uint8Array([2, 1]));
    expect((await messages.next()).value).toEqual(new Uint8Array([0]));
  });

  it.each(Object.keys(BUFFERS))("sends a %s as the bytes that it has at the call", async (kind) => {
    const { url } = await peer();
    const socket = client(url);
    await reaching(socket, "open");
    const messages = socket[Symbol.asyncIterator]();
    const first = messages.next();
    sendReused(kind, (data) => expect(socket.send(data)).toBe(true));
    expect((await first).value).toEqual(new Uint8Array(4));
    for (let i = 1; i < 5; i++) expect((await messages.next()).value).toEqual(new Uint8Array(4).fill(i));
  });

  it("takes an http: URL, and one that is asked for at every attempt", async () => {
    const { port, requests, sockets, until } = await peer().then((one) =>
      Object.assign(one, { until: one.until.bind(one) }),
    );
    let asked = 0;
    client(async () => new URL(`http://127.0.0.1:${port}/chat?n=${++asked}`));
    await until(() => sockets.length === 1);
    sockets[0]!.close(1012);
    await until(() => sockets.length === 2);
    expect(requests.map(({ url }) => url)).toEqual(["/chat?n=1", "/chat?n=2"]);
  });

  it("sends the token as a subprotocol, behind the one that is spoken, and never in the URL", async () => {
    const server = await peer();
    const socket = client(server.url, { token: async () => "abc.d-e_f", protocols: "chat" });
    await reaching(socket, "open");
    const [{ url, headers }] = server.requests as never as [{ url: string; headers: Record<string, string> }];
    expect(headers["sec-websocket-protocol"]?.split(/, */)).toEqual(["chat", "bearer.abc.d-e_f"]);
    expect(url).toBe("/");
    expect(socket.protocol).toBe("chat");
  });

  it("offers onesocket beside a token where no protocol is named", async () => {
    const server = await peer();
    await reaching(client(server.url, { token: "t" }), "open");
    expect(server.requests[0]!.headers["sec-websocket-protocol"]).toMatch(/^onesocket, *bearer\.t$/);
  });

  it("ends with its signal, and with the block that uses it", async () => {
    const server = await peer();
    const controller = new AbortController();
    const aborted = client(server.url, { signal: controller.signal });
    await reaching(aborted, "open");
    controller.abort();
    expect(aborted.status.state).toBe("closed");
    expect(client(server.url, { signal: AbortSignal.abort() }).send("x")).toBe(true);
    let used: Client;
    {
      using socket = connect(server.url);
      used = socket;
      await reaching(socket, "open");
    }
    expect(used.status.state).toBe("closed");
    expect(used.send("x")).toBe(false);
  });

  it("tells the server the code that it was closed with", async () => {
    const server = await peer();
    const socket = client(server.url);
    await reaching(socket, "open");
    const closed = new Promise((resolve) =>
      server.sockets[0]!.on("close", (code, why) => resolve([code, String(why)])),
    );
    expect(() => socket.close(1)).toThrow();
    expect(socket.status.state).toBe("open");
    socket.close(4321, "enough");
    expect(await closed).toEqual([4321, "enough"]);
  });

  it("refuses what makes no sense at once", async () => {
    expect(() => connect("/relative")).toThrow(TypeError);
    expect(() => connect("ftp://host")).toThrow(TypeError);
    expect(() => connect("ws://host", { reconnect: true } as never)).toThrow('no option "reconnect"');
    expect(() => connect("ws://host", { backoff: { first: 1 } } as never)).toThrow('no option "first"');
    expect(() => connect("ws://host", { openMs: -1 })).toThrow(RangeError);
    expect(() => connect("ws://host", { requestMs: Number.NaN })).toThrow(RangeError);
    expect(() => connect("ws://host", { openMs: 2 ** 31 })).toThrow(RangeError);
    const socket = client("ws://127.0.0.1:1", { openMs: undefined, heartbeat: undefined });
    expect(() => socket.send({} as never)).toThrow(TypeError);
    for (const timeoutMs of [Infinity, 2 ** 31, -1, Number.NaN]) {
      const request = async () => socket.request("do" as never, undefined as never, { timeoutMs });
      await expect(request()).rejects.toThrow(new RangeError(`timeoutMs can't be ${timeoutMs}`));
    }
    expect(() => socket.notify("said" as never, (() => 1) as never)).toThrow("JSON has no function");
  });
});

describe("a loop over messages", () => {
  it("ends with the client", async () => {
    const { url } = await peer((socket, text) => (text === "end" ? socket.close(1000) : socket.send(text)));
    const socket = client(url);
    socket.send("a");
    socket.send("b");
    const seen: unknown[] = [];
    for await (const message of socket) {
      seen.push(message);
      if (message === "b") socket.send("end");
    }
    expect(seen).toEqual(["a", "b"]);
  });

  it("is told when it is too far behind, after what it has missed nothing of", async () => {
    const size = 1 << 22;
    const { url } = await peer((socket) => {
      for (let i = 0; i < 6; i++) socket.send(String(i).repeat(size));
      socket.send("last");
    });
    const socket = client(url);
    const last = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => data === "last" && resolve());
    });
    const messages = socket[Symbol.asyncIterator]();
    const first = messages.next();
    socket.send("go");
    const seen = [(await first).value?.at(0)];
    await last;
    const reading = (async () => {
      for await (const message of messages) seen.push(message.at(0));
    })();
    await expect(reading).rejects.toMatchObject({ code: "SLOW_CONSUMER" });
    expect(seen).toEqual(["0", "1", "2", "3"]);
  });

  it("keeps up with messages that come in one turn", async () => {
    const { url } = await peer((socket) => {
      for (let i = 0; i < 5_000; i++) socket.send(String(i));
    });
    const socket = client(url);
    socket.send("go");
    let n = 0;
    for await (const message of socket) {
      expect(message).toBe(String(n++));
      if (n === 5_000) break;
    }
  });
});

describe("what is sent while there is no connection", () => {
  it("waits in order, bounded, and leaves when there is one", async () => {
    const server = await peer();
    const socket = client(server.url, { queue: 3 });
    const bytes = new Uint8Array([7]);
    expect([socket.send("1"), socket.send(bytes), socket.notify("n", [2]), socket.send("4")]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    bytes[0] = 0;
    const messages = socket[Symbol.asyncIterator]();
    expect((await messages.next()).value).toBe("1");
    expect((await messages.next()).value).toEqual(new Uint8Array([7]));
    await server.until(() => server.texts.some((text) => text.includes('"n"')));
    expect(JSON.parse(server.texts.find((text) => text.includes('"n"'))!)).toEqual({
      jsonrpc: "2.0",
      method: "n",
      params: [[2]],
    });
  });

  it("is not taken for a request that finds no room, nor after the end", async () => {
    const socket = client("ws://127.0.0.1:1", { queue: 1 });
    socket.send("x");
    await expect(socket.request("echo")).rejects.toMatchObject({ code: "QUEUE_FULL", sent: false });
    socket.close();
    await expect(socket.request("echo")).rejects.toMatchObject({ code: "CLOSED", sent: false });
  });
});

describe("a request", () => {
  it("is answered with the result, or rejected with the server's error", async () => {
    const { url } = await peer(rpc);
    const socket = client(url);
    expect(await socket.request("echo", { a: 1 })).toEqual({ a: 1 });
    expect(await socket.request("echo", "x")).toEqual(["x"]);
    expect(await socket.request("echo")).toBeUndefined();
    const error = await socket.request("fail").catch((reason) => reason);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ code: -32_602, message: "no", data: [1] });
  });

  it.each([
    ["a list is params by position", ["gid", ["status"]], ["gid", ["status"]]],
    ["an empty list is no params by position", [], []],
    ["a list of one is the one param, since others take the one item of a list for it", [1], [[1]]],
    ["a value is the one param", "gid", ["gid"]],
    ["an object is params by name", { gid: 1 }, { gid: 1 }],
  ])("is read by any server of JSON-RPC: %s", async (_, given, params) => {
    const server = await peer(rpc);
    await client(server.url).request("echo", given);
    expect(JSON.parse(server.texts.find((text) => text.includes("echo"))!).params).toEqual(params);
  });

  it("is rejected as of unknown outcome when the connection dies under it, and is not sent again", async () => {
    const server = await peer(rpc);
    const socket = client(server.url);
    await reaching(socket, "open");
    const dead = socket.request("never");
    await server.until(() => server.texts.some((text) => text.includes("never")));
    server.sockets[0]!.terminate();
    await expect(dead).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME", sent: true });
    expect(await socket.request("echo", 1)).toEqual([1]);
    expect(server.texts.filter((text) => text.includes("never"))).toHaveLength(1);
  });

  it("waits for a connection, and is sent once there is one", async () => {
    const server = await peer(rpc);
    const socket = client(server.url);
    await reaching(socket, "open");
    server.sockets[0]!.terminate();
    await reaching(socket, "waiting");
    expect(await socket.request("echo", { late: true })).toEqual({ late: true });
  });

  it("is given up in time; what was not sent is never sent", async () => {
    const server = await peer(rpc);
    const socket = client(server.url);
    await reaching(socket, "open");
    await expect(socket.request("never", 1, { timeoutMs: 10 })).rejects.toMatchObject({ code: "TIMEOUT", sent: true });
    const away = client("ws://127.0.0.1:1");
    await expect(away.request("never", 1, { timeoutMs: 10 })).rejects.toMatchObject({ code: "TIMEOUT", sent: false });
  });

  it("is given up by its signal, with the signal's reason", async () => {
    const server = await peer(rpc);
    let url = "ws://127.0.0.1:1";
    const socket = client(() => url);
    const controller = new AbortController();
    const given = socket.request("never", 1, { signal: controller.signal });
    controller.abort(new Error("changed my mind"));
    await expect(given).rejects.toThrow("changed my mind");
    await expect(socket.request("echo", 1, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    url = server.url;
    await socket.request("echo", 2);
    expect(server.texts.some((text) => text.includes("never"))).toBe(false);
  });

  it("is closed with the client", async () => {
    const server = await peer(rpc);
    const socket = client(server.url);
    await reaching(socket, "open");
    const sent = socket.request("never");
    socket.close();
    await expect(sent).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME" });
    const waiting = client("ws://127.0.0.1:1");
    const queued = waiting.request("never");
    waiting.close();
    await expect(queued).rejects.toMatchObject({ code: "CLOSED", sent: false });
  });
});

describe("notifications", () => {
  it("reach who listens for their name, one by one or in a batch; other messages are messages", async () => {
    const said = (params: unknown) => ({ jsonrpc: "2.0", method: "said", params });
    const server = await peer();
    const socket = client(server.url);
    const heard: unknown[] = [];
    const messages: unknown[] = [];
    const off = socket.on("said", (params) => heard.push(params));
    socket.addEventListener("message", ({ data }) => messages.push(data));
    await reaching(socket, "open");
    const [at] = server.sockets;
    for (const text of [
      said({ a: 1 }),
      said(["x"]),
      [said([1, 2]), said(undefined)],
      { method: "said" },
      "[1]",
      '"jsonrpc" {',
    ])
      at!.send(typeof text === "string" ? text : JSON.stringify(text));
    at!.send("last");
    while (messages.at(-1) !== "last") await event(socket, "message");
    expect(heard).toEqual([{ a: 1 }, "x", [1, 2], undefined]);
    expect(messages).toEqual(['{"method":"said"}', "[1]", '"jsonrpc" {', "last"]);
    off();
    at!.send(JSON.stringify(said("gone")));
    at!.send("over");
    await event(socket, "message");
    expect(heard).toHaveLength(4);
  });
});

describe("who else is there", () => {
  const others = (params: object) => JSON.stringify({ jsonrpc: "2.0", method: "rpc.others", params });

  it("is a list and what changes, in a new map each time, which no listener of notifications or messages sees", async () => {
    const server = await peer();
    const socket = client(server.url);
    const seen: unknown[] = [];
    const maps = new Set([socket.others]);
    socket.addEventListener("message", ({ data }) => seen.push(data));
    socket.on("rpc.others", (params) => seen.push(params));
    const next = async (): Promise<unknown> => {
      await event(socket, "others");
      maps.add(socket.others);
      return Object.fromEntries(socket.others);
    };
    await reaching(socket, "open");
    const [at] = server.sockets;
    at!.send(others({ all: { a: 1, b: { n: 2 } } }));
    expect(await next()).toEqual({ a: 1, b: { n: 2 } });
    at!.send(others({ shown: { a: null, c: 3 }, gone: ["b", "nobody"] }));
    expect(await next()).toEqual({ a: null, c: 3 });
    at!.terminate();
    await reaching(socket, "waiting");
    expect(socket.others.size).toBe(2);
    socket.retry();
    await reaching(socket, "open");
    server.sockets[1]!.send(others({ all: { d: 4 } }));
    expect(await next()).toEqual({ d: 4 });
    expect([maps.size, seen]).toEqual([4, []]);
  });
});

describe("a server that says what none should", () => {
  it.each([
    ["rpc.others", null],
    ["rpc.others", {}],
    ["rpc.others", { all: 1, gone: 1 }],
    ["rpc.others", { shown: {}, gone: [[]] }],
    ["rpc.at", null],
    ["rpc.at", 1],
  ])("by %s with %j ends neither the client nor what comes after", async (method, params) => {
    const server = await peer();
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", note);
    onTestFinished(() => void process.off("uncaughtException", note));
    const socket = client(server.url);
    await reaching(socket, "open");
    server.sockets[0]!.send(JSON.stringify({ jsonrpc: "2.0", method, params }));
    server.sockets[0]!.send("after");
    expect((await event<MessageEvent>(socket, "message")).data).toBe("after");
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toEqual([]);
  });
});

describe("pings", () => {
  const quick = { everyMs: 30, timeoutMs: 60 };

  it("find a connection that looks open and is dead", async () => {
    const server = await peer((socket, text) => text === "ping" && socket.send("pong"));
    const tunnel = await Tunnel.to(server.port);
    open.push(tunnel);
    const socket = client(tunnel.url, { heartbeat: { ...quick, text: { ping: "ping", pong: "pong" } } });
    await server.until(() => server.texts.length > 2);
    tunnel.frozen = true;
    expect((await reaching(socket, "waiting")).failure?.code).toBe("PING_TIMEOUT");
    tunnel.frozen = false;
    await reaching(socket, "open");
  });

  it("are those of JSON-RPC once its user speaks it, and are no messages", async () => {
    const server = await peer(rpc);
    const socket = client(server.url, { heartbeat: quick });
    const messages: unknown[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(data));
    await socket.request("echo");
    await server.until(() => server.texts.filter((text) => text === PING).length > 2);
    expect(messages).toEqual([]);
  });

  it("are those of JSON-RPC once its server has told who else is there", async () => {
    const server = await peer((socket, text) => text === PING && socket.send('{"jsonrpc":"2.0","method":"rpc.pong"}'));
    server.onOpen = (socket) => socket.send('{"jsonrpc":"2.0","method":"rpc.others","params":{"all":{}}}');
    client(server.url, { heartbeat: quick });
    await server.until(() => server.texts.filter((text) => text === PING).length > 2);
  });

  it("are not sent to a server that does not answer them, but for the one that finds it out", async () => {
    const server = await peer((socket, text) => text !== PING && rpc(socket, text));
    const socket = client(server.url, { heartbeat: quick });
    for (let i = 0; i < 8; i++) {
      await socket.request("echo");
      await new Promise((resolve) => setTimeout(resolve, quick.everyMs));
    }
    expect(server.texts.filter((text) => text === PING)).toHaveLength(1);
    expect(server.sockets).toHaveLength(1);
  });

  it("are never sent to a server of messages without names", async () => {
    const server = await peer();
    const socket = client(server.url, { heartbeat: quick });
    await reaching(socket, "open");
    await new Promise((resolve) => setTimeout(resolve, 3 * quick.everyMs));
    expect(server.texts).toEqual([]);
  });
});

describe("the end of a connection", () => {
  it.each([1000, 1008, 3003, 4000, 4999])("is for good with %d, and says so", async (code) => {
    const server = await peer();
    const socket = client(server.url);
    await server.until(() => server.sockets.length);
    server.sockets[0]!.close(code, "because");
    const { failure } = await reaching(socket, "closed");
    expect(failure).toMatchObject({ code: "CLOSED_BY_SERVER", closeCode: code, reason: "because" });
  });

  it.each([1001, 1011, 1012, 1013, 3500])("is not for good with %d", async (code) => {
    const server = await peer();
    const socket = client(server.url);
    await server.until(() => server.sockets.length);
    server.sockets[0]!.close(code);
    expect((await reaching(socket, "waiting")).failure).toMatchObject({ code: "CLOSED_BY_SERVER", closeCode: code });
    await reaching(socket, "open");
    expect(socket.status.failure).toBeUndefined();
  });

  it("with 3000 asks for a fresh token, and is for good where there is none to ask for", async () => {
    const server = await peer();
    let n = 0;
    client(server.url, { token: () => `t${++n}` });
    await server.until(() => server.sockets.length);
    server.sockets[0]!.close(3000);
    await server.until(() => server.sockets.length === 2);
    expect(server.requests[1]!.headers["sec-websocket-protocol"]).toContain("bearer.t2");
    const stale = client(server.url, { token: "t" });
    await server.until(() => server.sockets.length === 3);
    server.sockets[2]!.close(3000);
    expect((await reaching(stale, "closed")).failure).toMatchObject({ closeCode: 3000 });
  });

  it("is not for good with a code that the user names", async () => {
    const server = await peer();
    client(server.url, { retryOn: [4000] });
    await server.until(() => server.sockets.length);
    server.sockets[0]!.close(4000);
    await server.until(() => server.sockets.length === 2);
  });

  it("without a Close is told as such, and its wait can be cut short", async () => {
    const server = await peer();
    const socket = client(server.url, { backoff: { firstMs: 1e9, longestMs: 1e9 } });
    await server.until(() => server.sockets.length);
    server.sockets[0]!.terminate();
    const { failure, retryAt } = await reaching(socket, "waiting");
    expect(failure?.code).toBe("ENDED_WITHOUT_CLOSE");
    expect(retryAt).toBeGreaterThan(Date.now());
    socket.retry();
    await server.until(() => server.sockets.length === 2);
  });
});
