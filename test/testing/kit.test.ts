import { setTimeout } from "node:timers/promises";
import { Hono } from "hono";
import { defineSocket, RpcError, refuse, rooms, type, type UpgradeContext } from "onesocket";
import { sockets } from "onesocket/bun";
import { upgrade, upgradeWebSocket } from "onesocket/hono";
import { HandshakeError, TestError, testing } from "onesocket/test";
import { fromConnection } from "onesocket/ws";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

const chat = defineSocket({
  name: "chat",
  protocols: ["chat.v1"],
  limits: { messageBytes: 1000, connections: 20 },
  upgrade(request) {
    const url = new URL(request.url);
    const name = url.searchParams.get("name");
    if (!name) return new Response("who?", { status: 401 });
    if (name === "eve") return refuse(4001, "not you");
    return { room: url.pathname.slice(1) || "lobby", state: { name }, headers: { "set-cookie": `name=${name}` } };
  },
  open: (socket) => socket.room.send(`${socket.state.name} joined`),
  message(socket, data) {
    if (data === "boom") throw new Error("boom");
    if (data === "topic") return socket.subscribe("news");
    if (data === "who") return void socket.send(JSON.stringify([socket.id, socket.state, socket.topics, socket.url]));
    socket.room.send(typeof data === "string" ? `${socket.state.name}: ${data}` : data);
  },
  close: (socket, { code }) => socket.room.send(`${socket.state.name} left with ${code}`),
});

const spoken = defineSocket({
  name: "spoken",
  upgrade: () => ({ state: { name: "somebody" } }),
  methods: {
    say: { params: z.object({ text: z.string() }), handle: (socket, { text }) => socket.room.notify("said", text) },
    rename: {
      params: z.string(),
      handle(socket, name) {
        if (name === "taken") throw new RpcError(409, "taken");
        socket.setState({ name });
        return { renamed: name };
      },
    },
  },
  notifications: { said: type<string>() },
  history: { messages: 4, ms: 60_000 },
});

describe("a client in memory", () => {
  it("is served as by any host: hooks, state, rooms, in order", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/lobby?name=ada");
    expect(await ada.next()).toBe("ada joined");
    const bob = await t.connect("ws://chat.example/lobby?name=bob");
    const eve = await t.connect("/elsewhere?name=mallory");
    ada.send("one");
    ada.send("two");
    bob.send(new Uint8Array([1, 2, 3]));
    expect([await bob.next(), await bob.next(), await bob.next()]).toEqual(["bob joined", "ada: one", "ada: two"]);
    expect(await bob.next()).toEqual(new Uint8Array([1, 2, 3]));
    await t.settled();
    expect(ada.unread).toHaveLength(4);
    expect(eve.unread).toEqual(["mallory joined"]);
  });

  it("gets its subprotocol, and the headers of the 101", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada", { protocols: ["chat.v2", "chat.v1"], origin: "http://localhost" });
    expect(ada.protocol).toBe("chat.v1");
    expect(ada.headers.getSetCookie()).toEqual(["name=ada"]);
  });

  it("waits for what comes later, and sends what its data held at the call", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada");
    await ada.next();
    const waiting = ada.next();
    const bytes = new Uint8Array([1]);
    ada.send(bytes);
    bytes[0] = 2;
    expect(await waiting).toEqual(new Uint8Array([1]));
  });

  it("closes with a code and a reason, which come back", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada");
    const bob = await t.connect("/?name=bob");
    ada.close(4000, "bye");
    expect(await ada.closed).toEqual({ code: 4000, reason: "bye", wasClean: true });
    expect(await bob.next()).toBe("bob joined");
    expect(await bob.next()).toBe("ada left with 4000");
    expect(ada.send("too late")).toBe(false);
    expect(() => bob.close(1005)).toThrow(TypeError);
    bob.close();
    expect(await bob.closed).toEqual({ code: 1005, reason: "", wasClean: true });
  });

  it("is told why nothing comes any more", async () => {
    await using t = testing(chat, { observe: {}, patienceMs: 50 });
    const ada = await t.connect("/?name=ada");
    await ada.next();
    await expect(ada.next()).rejects.toMatchObject({ code: "NOTHING_CAME", name: "TestError" });
    ada.send("boom");
    const waiting = ada.next();
    await expect(waiting).rejects.toThrow(/closed with 1011/);
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED", cause: new Error("boom") });
    await expect(ada.next()).rejects.toBeInstanceOf(TestError);
    expect(await ada.closed).toMatchObject({ code: 1011 });
  });

  it("is told of what its own hooks threw, not others'", async () => {
    await using t = testing(chat, { observe: {} });
    const ada = await t.connect("/?name=ada");
    const bob = await t.connect("/?name=bob");
    ada.send("boom");
    await ada.closed;
    bob.close(1000);
    await bob.closed;
    await t.settled();
    while (bob.unread.length > 0) await bob.next();
    const error = await bob.next().catch((reason: TestError) => reason);
    expect(error).toMatchObject({ code: "CLOSED" });
    expect((error as TestError).cause).toBeUndefined();
  });

  it("that is lost is told as 1006 to both ends", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada");
    const bob = await t.connect("/?name=bob");
    ada.terminate();
    expect(await ada.closed).toEqual({ code: 1006, reason: "", wasClean: false });
    expect(await bob.next()).toBe("bob joined");
    expect(await bob.next()).toBe("ada left with 1006");
  });

  it("holds to the limits", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada");
    ada.send("x".repeat(1001));
    expect(await ada.closed).toMatchObject({ code: 1009 });
    expect(t.events).toContainEqual(expect.objectContaining({ type: "failed", code: "MESSAGE_TOO_BIG" }));
  });
});

describe("a handshake that is refused", () => {
  it("by the validator rejects with its code, cause and fix", async () => {
    await using t = testing(chat, { observe: {} });
    const refused = t.connect("/?name=ada", { origin: "https://evil.example" });
    await expect(refused).rejects.toBeInstanceOf(HandshakeError);
    await expect(refused).rejects.toMatchObject({ code: "ORIGIN_REJECTED", status: 403, fix: expect.any(String) });
    await expect(refused).rejects.toThrow(/evil\.example/);
  });

  it.each([
    ["KEY_MISSING", { "sec-websocket-key": null }],
    ["VERSION_UNSUPPORTED", { "sec-websocket-version": "8" }],
    ["HOST_MISSING", { host: null }],
  ])("for a header is %s", async (code, headers) => {
    await using t = testing(chat, { observe: {} });
    await expect(t.connect("/?name=ada", { headers })).rejects.toMatchObject({ code });
  });

  it("by the program rejects with its answer", async () => {
    await using t = testing(chat);
    const refused = await t.connect("/").catch((error: HandshakeError) => error);
    expect(refused).toMatchObject({ name: "HandshakeError", code: undefined, status: 401 });
    expect(await (refused as HandshakeError).response.text()).toBe("who?");
  });

  it("by refuse() opens and closes with the code", async () => {
    await using t = testing(chat);
    const eve = await t.connect("/?name=eve");
    expect(await eve.closed).toEqual({ code: 4001, reason: "not you", wasClean: true });
    await expect(eve.next()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("says its own detail, whichever others are refused at the same time", async () => {
    await using t = testing(chat, { observe: {} });
    const from = (origin: string) => t.connect("/?name=ada", { origin }).catch(({ message }: Error) => message);
    const told = await Promise.all([from("https://one.example"), from("https://two.example")]);
    expect(told.map((message) => /one|two/.exec(`${message}`)?.[0])).toEqual(["one", "two"]);
    expect(told[0]).not.toContain("two.example");
  });

  it("is never begun for a client that has gone", async () => {
    await using t = testing(chat);
    await expect(t.connect("/?name=ada", { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    expect(t.events).toEqual([]);
  });

  it("opens nothing for a client that goes away while upgrade runs to its end", async () => {
    const leaver = new AbortController();
    const late = defineSocket({
      name: "late",
      limits: { connections: 1 },
      upgrade: () => leaver.abort(new Error("gone")),
    });
    await using t = testing(late);
    await expect(t.connect("/", { signal: leaver.signal })).rejects.toThrow("gone");
    expect(t.events.filter(({ type }) => type === "opened")).toEqual([]);
    await t.connect("/");
  });

  it("since a hook threw says what it threw", async () => {
    const broken = defineSocket({
      name: "broken",
      upgrade() {
        throw new Error("no database");
      },
    });
    await using t = testing(broken, { observe: {} });
    await expect(t.connect("/")).rejects.toThrow(/HANDLER_ERROR \(500\): Error: no database/);
  });

  it("for want of places is so until one is given back", async () => {
    const few = defineSocket({ name: "few", limits: { connections: 1 } });
    await using t = testing(few);
    const first = await t.connect("/");
    await expect(t.connect("/")).rejects.toMatchObject({ code: "OVERLOADED" });
    await t.hibernate();
    await expect(t.connect("/")).rejects.toMatchObject({ code: "OVERLOADED" });
    first.close();
    await first.closed;
    await t.connect("/");
  });

  it("past limits.upgradeMs is 503, by the clock of the kit; a client that goes away aborts the signal", async () => {
    const signals: AbortSignal[] = [];
    const slow = defineSocket({
      name: "slow",
      upgrade: (_, { signal }) => new Promise<void>(() => signals.push(signal)),
    });
    await using t = testing(slow);
    const late = expect(t.connect("/")).rejects.toMatchObject({ code: "HANDSHAKE_TIMEOUT", status: 503 });
    await t.advance(10_000);
    await late;
    const leaver = new AbortController();
    const left = expect(t.connect("/", { signal: leaver.signal })).rejects.toThrow("gone");
    await Promise.resolve();
    leaver.abort(new Error("gone"));
    await left;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe("the clock", () => {
  it("stands still until it is moved, and runs what comes due in order", async () => {
    const idle = defineSocket({ name: "idle", limits: { idleMs: 60_000 } });
    await using t = testing(idle, { now: 1000 });
    const ada = await t.connect("/");
    await t.advance(30_000);
    expect(t.now).toBe(31_000);
    ada.send("still here");
    await t.advance(59_000);
    await t.settled();
    expect(t.events.filter(({ type }) => type === "closed")).toEqual([]);
    await t.advance(60_000);
    expect(await ada.closed).toEqual({ code: 1001, reason: "idle", wasClean: true });
    await expect(t.advance(-1)).rejects.toThrow(RangeError);
  });

  it("finds a client that vanished, and leaves the others", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/?name=ada");
    const bob = await t.connect("/?name=bob");
    ada.vanish();
    ada.send("nobody hears it");
    await t.advance(120_000);
    await t.settled();
    expect(t.events).toContainEqual(expect.objectContaining({ type: "failed", code: "PING_TIMEOUT" }));
    expect(bob.unread).toEqual(["bob joined", "ada left with 1006"]);
  });

  it("closes a socket whose decision was good until then", async () => {
    const brief = defineSocket({ name: "brief", upgrade: () => ({ until: 61_000 }) });
    await using t = testing(brief, { now: 1000 });
    const ada = await t.connect("/");
    await t.advance(30_000);
    await t.hibernate();
    await t.advance(30_000);
    expect(await ada.closed).toEqual({ code: 3000, reason: "expired", wasClean: true });
  });

  it("is the kit's own, whatever a test did to the globals", async () => {
    vi.useFakeTimers();
    try {
      await using t = testing(chat);
      const ada = await t.connect("/?name=ada");
      expect(await ada.next()).toBe("ada joined");
      await t.settled();
      await t.advance(1000);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("hibernation", () => {
  it("aborts the signals of sockets that it forgets, and of no other", async () => {
    const signals: AbortSignal[] = [];
    const watching = defineSocket({
      name: "watching",
      open: ({ signal }) => void signals.push(signal),
      message: ({ signal }) => void signals.push(signal),
    });
    await using t = testing(watching);
    const client = await t.connect("/");
    await t.settled();
    await t.hibernate();
    client.send("awake?");
    await t.settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("keeps what an object keeps: id, URL, state and topics, and the connection", async () => {
    await using t = testing(chat);
    const ada = await t.connect("/lobby?name=ada");
    await ada.next();
    ada.send("topic");
    ada.send("who");
    const before = await ada.next();
    await t.hibernate();
    ada.send("who");
    expect(await ada.next()).toBe(before);
    await rooms(chat, t.env).get("lobby").send("news", { topic: "news" });
    expect(await ada.next()).toBe("news");
    ada.close(1000);
    await ada.closed;
    expect(t.events.filter(({ type }) => type === "closed")).toHaveLength(1);
  });

  it("forgets what memory held, and says so to who uses it", async () => {
    const kept = new Map<string, { send(data: string): boolean }>();
    const forgetful = defineSocket({
      name: "forgetful",
      open: (socket) => void kept.set("first", socket),
      message: () => void kept.get("first")?.send("hello"),
    });
    await using t = testing(forgetful, { observe: {} });
    const ada = await t.connect("/");
    ada.send("");
    expect(await ada.next()).toBe("hello");
    await t.hibernate();
    ada.send("");
    await expect(ada.next()).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringContaining("before the hibernation") }),
    });
  });

  it("waits until nothing runs, and says what does", async () => {
    const busy = defineSocket({ name: "busy", message: () => new Promise(() => {}) });
    using t = testing(busy, { patienceMs: 50 });
    const ada = await t.connect("/");
    ada.send("");
    await expect(t.hibernate()).rejects.toThrow(/the hook message of busy has not ended/);
  });
});

describe("messages with names", () => {
  it("are typed by the definition, answered, and kept apart from other messages", async () => {
    await using t = testing(spoken);
    const ada = await t.connect("/");
    expect(await ada.request("rename", "ada")).toEqual({ renamed: "ada" });
    await expect(ada.request("rename", "taken")).rejects.toMatchObject({ code: 409 });
    // @ts-expect-error: not its type.
    await expect(ada.request("say", { text: 1 })).rejects.toMatchObject({ code: -32_602 });
    ada.notify("say", { text: "hello" });
    const said: string = await ada.nextNotification("said");
    expect(said).toBe("hello");
    await ada.request("say", { text: "again" });
    expect(ada.unread).toEqual([{ name: "said", params: "again" }]);
    ada.send('{"jsonrpc":"2.0","id":"mine","method":"rename","params":["x"]}');
    expect(await ada.next()).toBe('{"jsonrpc":"2.0","id":"mine","result":{"renamed":"x"}}');
  });

  it("that were missed come first, once and in order, over hibernation too", async () => {
    await using t = testing(spoken);
    const ada = await t.connect("/");
    const bob = await t.connect("/");
    await ada.request("say", { text: "one" });
    bob.terminate();
    await bob.closed;
    await ada.request("say", { text: "two" });
    await t.hibernate();
    await ada.request("say", { text: "three" });
    const back = await t.connect("/", { after: bob });
    expect([await back.nextNotification("said"), await back.nextNotification("said")]).toEqual(["two", "three"]);
    expect(back.recovered).toBe(true);
    expect(bob.unread).toEqual([{ name: "said", params: "one" }]);
    back.close();
    await t.advance(61_000);
    await ada.request("say", { text: "four" });
    await t.advance(61_000);
    await ada.request("say", { text: "five" });
    const late = await t.connect("/", { after: back });
    await t.settled();
    expect(late.recovered).toBe(false);
  });
});

describe("presence", () => {
  const seen = defineSocket({
    name: "seen",
    upgrade: (request) => ({ state: { name: new URL(request.url).searchParams.get("name") ?? "" } }),
    presence: ({ name }) => ({ name }),
    message: (socket, data) => socket.setState({ name: String(data) }),
  });

  it("is seen by each client as others, over hibernation too", async () => {
    await using t = testing(seen);
    const [ada, bob] = [await t.connect("/?name=ada"), await t.connect("/?name=bob")];
    const names = (client: typeof ada): string[] => [...client.others.values()].map(({ name }) => name);
    await t.settled();
    expect([names(ada), names(bob)]).toEqual([["bob"], ["ada"]]);
    await t.hibernate();
    bob.send("Bob");
    await t.settled();
    expect(names(ada)).toEqual(["Bob"]);
    expect(ada.unread).toEqual([]);
    bob.close();
    await bob.closed;
    await t.settled();
    expect(names(ada)).toEqual([]);
  });

  it("of a crowd comes when the clock moves, or before the room sleeps", async () => {
    await using t = testing(seen);
    const all = await Promise.all(Array.from({ length: 30 }, (_, index) => t.connect(`/?name=${index}`)));
    await t.settled();
    await t.advance(3);
    for (const one of all) expect(one.others.size).toBe(29);
    all[0]!.terminate();
    await t.settled();
    await t.hibernate();
    await t.settled();
    for (const one of all.slice(1)) expect(one.others.size).toBe(28);
  });
});

describe("an app", () => {
  const app = new Hono<{ Bindings: { GREETING: string } }>();
  app.use(sockets());
  app.get("/chat/:room", (c) => upgrade(c, chat, { room: c.req.param("room") }));
  app.get(
    "/echo",
    upgradeWebSocket(() => ({ onMessage: ({ data }, ws) => ws.send(`${data}`) })),
  );
  app.post("/announce/:room", async (c) => {
    await rooms(chat, c.env).get(c.req.param("room")).send(c.env.GREETING);
    return c.body(null, 204);
  });

  it("has its routes asked, and its rooms reached from them", async () => {
    await using t = testing(app, { env: { GREETING: "hear, hear" } });
    const ada = await t.connect<typeof chat>("/chat/lobby?name=ada");
    expect(await ada.next()).toBe("ada joined");
    expect((await t.fetch("/announce/chat/lobby", { method: "POST" })).status).toBe(404);
    await t.fetch("/announce/chat%2Flobby", { method: "POST" });
    expect(await ada.next()).toBe("hear, hear");
    await expect(t.connect("/nowhere")).rejects.toMatchObject({ status: 404 });
    expect(await (await t.fetch("/nowhere")).text()).toBe("404 Not Found");
  });

  it("has closures, which do not hibernate", async () => {
    await using t = testing(app);
    const ada = await t.connect("/echo");
    await t.hibernate();
    ada.send("hello");
    expect(await ada.next()).toBe("hello");
  });
});

describe("the types", () => {
  const needy = defineSocket({
    name: "needy",
    upgrade: (_: Request, { env }: UpgradeContext<{ SECRET: string }>) => ({ state: { secret: env.SECRET } }),
    message: (socket) => void socket.send(socket.state.secret),
  });

  it("ask for the env that a definition needs, and have it", async () => {
    // @ts-expect-error: there is no SECRET.
    testing(needy)[Symbol.dispose]();
    await using t = testing(needy, { env: { SECRET: "42" } });
    const secret: string = t.env.SECRET;
    const ada = await t.connect("/");
    await rooms(needy, t.env).get("default").send(secret);
    expect(await ada.next()).toBe("42");
  });

  it("know methods and notifications, and of an app's routes what they are told", async () => {
    await using t = testing(spoken);
    const ada = await t.connect("/");
    const { renamed }: { renamed: string } = await ada.request("rename", "ada");
    expect(renamed).toBe("ada");
    // @ts-expect-error: there is no such method.
    await expect(ada.request("sing")).rejects.toMatchObject({ code: -32_601 });
    ada.close();
    // @ts-expect-error: there is no such notification.
    await expect(ada.nextNotification("sung")).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("a kit", () => {
  it("has rooms of its own", async () => {
    await using one = testing(chat);
    await using two = testing(chat);
    const ada = await one.connect("/lobby?name=ada");
    const bob = await two.connect("/lobby?name=bob");
    await ada.next();
    await bob.next();
    bob.send("here");
    await two.settled();
    expect(ada.unread).toEqual([]);
    await rooms(chat, one.env).get("lobby").send("to one");
    expect(await ada.next()).toBe("to one");
    expect(await rooms(chat).get("lobby").count()).toBe(1);
  });

  it("ends all: with 1001, or at once", async () => {
    const t = testing(chat);
    const ada = await t.connect("/?name=ada");
    await t.close();
    expect(await ada.closed).toEqual({ code: 1001, reason: "", wasClean: true });
    await expect(t.connect("/?name=ada")).rejects.toMatchObject({ code: "ENDED" });
    let bob: Awaited<ReturnType<typeof t.connect>>;
    {
      using other = testing(chat);
      bob = await other.connect("/?name=bob");
    }
    expect(await bob.closed).toMatchObject({ code: 1006 });
    expect(await rooms(chat).get("lobby").count()).toBe(0);
  });

  it("refuses what it can't serve, and options that there are none of", () => {
    expect(() => testing({} as never)).toThrow(/a host serves a definition/);
    expect(() => testing(chat, { port: 3000 } as never)).toThrow(TypeError);
    expect(() => testing(chat, { patienceMs: -1 })).toThrow(RangeError);
  });
});

describe("what a test waits for", () => {
  const stuck = defineSocket({
    name: "stuck",
    upgrade: ({ url }) => (url.includes("late") ? new Promise<never>(() => {}) : undefined),
    methods: { wait: { handle: () => new Promise<never>(() => {}) } },
  });

  it("may fail before it is awaited: a test moves the clock first", async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", hear);
    using t = testing(stuck, { patienceMs: 50 });
    const late = t.connect("/late");
    const ada = await t.connect("/");
    const waiting = [ada.next(), ada.nextNotification("said" as never), ada.request("wait")];
    await t.advance(11_000);
    ada.terminate();
    await setTimeout(10);
    process.off("unhandledRejection", hear);
    expect(unhandled).toEqual([]);
    await expect(late).rejects.toMatchObject({ code: "HANDSHAKE_TIMEOUT" });
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map((one) => (one as PromiseRejectedResult).reason.code)).toEqual([
      "CLOSED",
      "CLOSED",
      "UNKNOWN_OUTCOME",
    ]);
  });

  it("is told once when it never ends, and not again as the kit is closed", async () => {
    const run = async () => {
      await using t = testing(stuck, { patienceMs: 50 });
      const ada = await t.connect("/");
      ada.notify("wait");
      await t.settled();
    };
    await expect(run()).rejects.toMatchObject({ name: "TestError", code: "STILL_RUNNING" });
    const t = testing(stuck, { patienceMs: 50 });
    (await t.connect("/")).notify("wait");
    await t.advance(0);
    await expect(t.close()).rejects.toMatchObject({ code: "STILL_RUNNING" });
  });
});

describe("sockets for libraries", () => {
  const answers = (hibernate: boolean) =>
    fromConnection({ name: "library", hibernate }, (ws) => ws.on("message", (data: Buffer) => ws.send(`got ${data}`)));

  it("are closed with 1012 when they have slept, and left alone where they keep their object awake", async () => {
    for (const [hibernate, came] of [
      [true, { code: 1012, reason: "HIBERNATED", wasClean: true }],
      [false, "got 2"],
    ] as const) {
      await using t = testing(answers(hibernate), { observe: () => {} });
      const ada = await t.connect("/");
      ada.send("1");
      expect(await ada.next()).toBe("got 1");
      await t.hibernate();
      ada.send("2");
      expect(hibernate ? await ada.closed : await ada.next()).toEqual(came);
    }
  });
});
