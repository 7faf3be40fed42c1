import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../helpers/client.ts";
import { type RunningWorker, startWorker } from "../../helpers/miniflare.ts";
import {
  closePayload,
  frame,
  header,
  RawClient,
  type RawHandshake,
  type RawResponse,
  TEXT,
} from "../../helpers/raw.ts";

const fixtures = `${import.meta.dirname}/../../fixtures/cloudflare`;
const objects = { CHAT: "Chat", QUIET: "Quiet" };

let running: RunningWorker;
let count = 0;
const open: { vanish(): void }[] = [];

function serve(name: string): void {
  beforeAll(async () => {
    running = await startWorker(`${fixtures}/${name}.ts`, { objects, compatibilityFlags: ["enable_request_signal"] });
  });
  afterAll(() => running.dispose());
  afterEach(() => {
    for (const client of open.splice(0)) client.vanish();
  });
}

/** A room that no other test uses. */
const fresh = () => `room-${++count}`;

async function connect(path: string, protocols: string[] = []): Promise<Client> {
  const client = await Client.connect(running.url + path, { protocols });
  open.push(client);
  return client;
}

async function raw(handshake: RawHandshake): Promise<RawClient> {
  const client = await RawClient.connect(running.url);
  open.push({ vanish: () => client.reset() });
  client.handshake(handshake);
  return client;
}

async function answer(handshake: RawHandshake): Promise<RawResponse> {
  return (await raw(handshake)).response();
}

/** A raw client past its handshake, which has been heard once. */
async function heard(path: string): Promise<RawClient> {
  const client = await raw({ path });
  await client.response();
  client.write(frame(TEXT, "heard"));
  await client.frame();
  return client;
}

async function post(path: string, body: string | Uint8Array<ArrayBuffer> = ""): Promise<string> {
  return (await fetch(running.url + path, { method: "POST", body })).text();
}

async function ask<T>(path: string): Promise<T> {
  return (await fetch(running.url + path)).json() as Promise<T>;
}

/** Says something and takes what comes next. */
async function say(client: Client, text: string): Promise<unknown> {
  client.send(text);
  return client.next();
}

const hibernate = (room: string) => running.evict("CHAT", room);

describe("a Worker that gives sockets to Durable Objects", () => {
  serve("worker");

  it("puts the decision's headers, every cookie and the subprotocol on the 101", async () => {
    const client = await connect("/chat", ["v1", "v2"]);
    const { headers } = await client.answer;
    expect(client.protocol).toBe("v2");
    expect(headers).toMatchObject({ "x-served-by": "onesocket", "set-cookie": ["a=1", "b=2"] });
  });

  it("sends no subprotocol that it did not choose", async () => {
    const response = await answer({ path: "/chat", headers: { "sec-websocket-protocol": "other" } });
    expect([response.status, header(response, "sec-websocket-protocol")]).toEqual([101, null]);
  });

  it("keeps id, url, protocol, address, state, topics and room while the object is out of memory", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}&name=ada`, ["v1"]);
    client.send("/sub");
    client.send("/count");
    const before = JSON.parse(String(await say(client, "/who")));
    await hibernate(room);
    expect(JSON.parse(String(await say(client, "/who")))).toEqual(before);
    expect(before).toMatchObject({
      protocol: "v1",
      state: { name: "ada", count: 1 },
      topics: ["news"],
      room,
      frozen: true,
    });
    expect(before.remoteAddress).toMatch(/127.0.0.1$/);
  });

  it("reaches sockets that hibernate, all of them or those of a topic", async () => {
    const room = fresh();
    const ada = await connect(`/chat?room=${room}&name=ada`);
    const bob = await connect(`/chat?room=${room}&name=bob`);
    await say(bob, "/list");
    bob.send("/sub");
    await say(bob, "/list");
    await hibernate(room);
    ada.send("/news extra");
    ada.send("/say all");
    expect([await bob.next(), await bob.next(), await ada.next()]).toEqual(["extra", "all", "all"]);
    await hibernate(room);
    expect(await say(ada, "/list")).toBe('["ada","bob"]');
  });

  it("forgets a topic that was left, over hibernation too", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}`);
    client.send("/sub");
    client.send("/unsub");
    await say(client, "/list");
    await hibernate(room);
    client.send("/news unheard");
    expect(await say(client, "heard")).toBe("heard");
  });

  it("answers `ping` without waking the object", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}`);
    await hibernate(room);
    expect(await say(client, "ping")).toBe("pong");
    await expect(hibernate(room)).rejects.toThrow();
  });

  it.each([false, true])("answers a client's Close at once (hibernating: %s)", async (hibernating) => {
    for (const [payload, code, reason] of [
      [Buffer.alloc(0), 1005, ""],
      [closePayload(1000, "done"), 1000, "done"],
      [closePayload(3999, "é"), 3999, "é"],
    ] as const) {
      const room = fresh();
      const client = await heard(`/chat?room=${room}&name=ada`);
      if (hibernating) await hibernate(room);
      client.write(frame(8, payload));
      expect(await client.close()).toEqual({ code, reason });
      await client.ended;
      expect(await ask(`/told?room=${room}`)).toEqual([`ada ${code} ${reason} clean, 0 left`]);
    }
  });

  it("delivers what came before a Close that woke the object", async () => {
    const room = fresh();
    const client = await heard(`/chat?room=${room}`);
    await hibernate(room);
    client.write(frame(TEXT, "one"), frame(TEXT, "two"), frame(8, closePayload(1000)));
    expect([await client.text(), await client.text()]).toEqual(["one", "two"]);
  });

  it.each([false, true])(
    "closes with its own code, told once the client has answered (hibernated: %s)",
    async (hibernated) => {
      const room = fresh();
      const client = await connect(`/chat?room=${room}&name=ada`);
      await say(client, "x");
      if (hibernated) await hibernate(room);
      client.send("/close enough");
      client.send("/say too late");
      expect(await client.closed).toEqual({ code: 4000, reason: "enough" });
      expect(client.unread).toEqual([]);
      expect(await ask(`/told?room=${room}`)).toEqual(["ada 4000 enough clean, 0 left"]);
    },
  );

  it("lets go of a client that never answers a Close, and tells so once, whatever it does later", async () => {
    const room = fresh();
    const watcher = await connect(`/chat?room=${room}`);
    const mute = await heard(`/chat?room=${room}&name=mute`);
    mute.write(frame(TEXT, "/close"));
    expect(await watcher.next()).toBe("mute 1006  lost, 1 left");
    await hibernate(room);
    mute.write(frame(TEXT, "/say late"), frame(8, closePayload(4000)));
    expect(await say(watcher, "/list")).toBe('["anon"]');
    expect(await ask(`/told?room=${room}`)).toEqual(["mute 1006  lost, 1 left"]);
  });

  it.each(["reset", "end"] as const)("tells 1006 of a client that is lost by %s", async (how) => {
    const room = fresh();
    const watcher = await connect(`/chat?room=${room}`);
    const client = await heard(`/chat?room=${room}&name=ada`);
    client[how]();
    expect(await watcher.next()).toBe("ada 1006  lost, 1 left");
  });

  it("takes a terminated socket out of the room at once", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}&name=ada`);
    client.send("/terminate");
    // workerd can't end a connection: the client sees a Close without a code.
    expect((await client.closed).code).toBe(1005);
    expect(await ask(`/told?room=${room}`)).toEqual(["ada 1006  lost, 0 left"]);
  });

  it("tells 1009 of a message over the runtime's 32 MiB, and 1002 of a frame that it refuses", async () => {
    const room = fresh();
    const watcher = await connect(`/chat?room=${room}`);
    const big = await connect(`/chat?room=${room}&name=big`);
    big.send(new Uint8Array((1 << 25) + 1));
    expect(await watcher.next()).toBe("big 1009  lost, 1 left");
    const bad = await heard(`/chat?room=${room}&name=bad`);
    bad.write(frame(3));
    expect((await bad.close()).code).toBe(1002);
    expect(await watcher.next()).toBe("bad 1002  lost, 1 left");
  });

  // Past this limit the connection would hang until the object hibernates, which takes ten seconds.
  it("ends at once a connection that `open` closes, after what `open` sent", { timeout: 9000 }, async () => {
    const room = fresh();
    const client = await raw({ path: `/chat?room=${room}&do=open-close` });
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("bye");
    expect(await client.close()).toEqual({ code: 4001, reason: "not today" });
    client.write(frame(8, closePayload(4001)));
    await client.ended;
    expect(await ask(`/told?room=${room}`)).toEqual(["anon 4001 not today clean, 0 left"]);
  });

  it("keeps what `open` does: messages as they were when sent, and topics", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}&do=open-send`);
    expect([await client.next(), await client.next()]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    await hibernate(room);
    expect(JSON.parse(String(await say(client, "/who")))).toMatchObject({ topics: ["news"] });
  });

  it.each(["open-throw", "/throw", "/reject"])("closes only the socket whose hook fails: %s", async (how) => {
    const room = fresh();
    const other = await connect(`/chat?room=${room}&name=other`);
    const client = await connect(`/chat?room=${room}&do=${how}`);
    client.send(how);
    expect((await client.closed).code).toBe(1011);
    expect(await other.next()).toMatch("1011 INTERNAL");
    expect(await say(other, "/list")).toBe('["other"]');
  });

  it("refuses with a code that the client can read, without an object", async () => {
    const room = fresh();
    const client = await connect(`/chat?room=${room}&do=refuse`);
    expect(await client.closed).toEqual({ code: 4403, reason: "banned" });
    await expect(hibernate(room)).rejects.toThrow();
  });

  it("answers with the hook's Response, or with a 500 that says nothing of what it threw", async () => {
    expect(await answer({ path: "/chat?do=401" })).toMatchObject({ status: 401, body: "sign in" });
    const failed = await answer({ path: "/chat?do=throw" });
    expect([failed.status, header(failed, "onesocket-failure")]).toEqual([500, "HANDLER_ERROR"]);
    expect(failed.body).not.toContain("secret");
  });

  it("lets a middleware refuse after the route has decided", async () => {
    expect(await answer({ path: "/late-401" })).toMatchObject({ status: 401, body: "no" });
  });

  it.each([
    ["/stray", "no binding is mapped", 'name = "STRAY"'],
    ["/lost", "env has no Durable Object binding LOST", 'class_name = "Lost"'],
  ])("refuses %s, which has no object, and logs the lines that are missing", async (path, why, line) => {
    const response = await answer({ path });
    expect([response.status, header(response, "onesocket-failure")]).toEqual([500, "ROOMS_UNMAPPED"]);
    const details = () =>
      running.logs.filter((log) => log.includes("ROOMS_UNMAPPED")).map((log) => String(JSON.parse(log).detail));
    await expect.poll(() => details().find((detail) => detail.startsWith(why))).toContain(line);
  });

  it("opens nothing for a request that a route forwards by hand, whatever headers it has", async () => {
    const snapshot = JSON.stringify({ id: "1", room: "forged", url: "", protocol: "", remoteAddress: "", topics: [] });
    const headers = { cf: JSON.stringify({ onesocket: snapshot }), "cf-onesocket": snapshot, onesocket: snapshot };
    const response = await answer({ path: "/by-hand?room=forged", headers });
    expect([response.status, header(response, "onesocket-failure")]).toEqual([500, "NO_HOST"]);
    expect(await ask("/names?room=forged")).toEqual([]);
  });

  it("opens nothing in an object of another room than the decision's", async () => {
    expect(header(await answer({ path: "/astray" }), "onesocket-failure")).toBe("NO_HOST");
  });

  it("names a route that forwards without Upgrade, and one that is no socket's", async () => {
    expect(header(await answer({ path: "/without-upgrade" }), "onesocket-failure")).toBe("UPGRADE_NOT_FORWARDED");
    const plain = await fetch(`${running.url}/by-hand`);
    expect([plain.status, plain.headers.get("onesocket-failure")]).toEqual([426, "NOT_A_HANDSHAKE"]);
  });

  it("refuses a list in Upgrade, which workerd can't serve, before any hook", async () => {
    const response = await answer({ path: "/chat?do=throw", headers: { upgrade: "websocket, h2c" } });
    expect([response.status, header(response, "onesocket-failure")]).toEqual([400, "UPGRADE_NOT_WEBSOCKET"]);
  });

  it("leaves nothing of a client that resets while `upgrade` waits, and aborts its signal", async () => {
    const room = fresh();
    const gone = await raw({ path: `/chat?room=${room}&name=gone&wait=100` });
    // By the time that this one is open, the other's wait has begun; the one after is open when it is over.
    await connect(`/chat?room=${room}&name=ada`);
    gone.reset();
    await connect(`/chat?room=${room}&name=bob&wait=100`);
    expect(await ask(`/names?room=${room}`)).toEqual(["ada", "bob"]);
    await expect.poll(() => running.logs).toContain("aborted");
  });

  it("reaches a room from a route, also while its sockets hibernate", async () => {
    const room = fresh();
    const ada = await connect(`/chat?room=${room}&name=ada`);
    const bob = await connect(`/chat?room=${room}&name=bob`);
    ada.send("/sub");
    const { id } = JSON.parse(String(await say(ada, "/who")));
    await hibernate(room);
    await post(`/send?room=${room}`, "tëxt");
    await post(`/send?room=${room}&binary=1`, Uint8Array.of(1, 2, 3));
    await post(`/send?room=${room}&topic=news`, "news");
    await post(`/send?room=${room}&except=${id}`, "not ada");
    expect([await ada.next(), await ada.next(), await ada.next()]).toEqual(["tëxt", Uint8Array.of(2, 3), "news"]);
    expect([await bob.next(), await bob.next(), await bob.next()]).toEqual(["tëxt", Uint8Array.of(2, 3), "not ada"]);
    await post(`/close?room=${room}&code=4007&topic=news`);
    expect(await ada.closed).toEqual({ code: 4007, reason: "from a route" });
    expect(await ask(`/names?room=${room}`)).toEqual(["bob"]);
    expect(await post(`/close?room=${room}&code=1005`)).toMatch("TypeError");
  });

  it("holds the largest state, topics and url together, in whatever script", async () => {
    const room = fresh();
    const path = `/chat?room=${room}&`;
    const client = await connect(path + "&".repeat(2048 - running.url.length - path.length));
    client.send(`/name ${"🙂".repeat((8192 - '{"name":""}'.length) / 4)}`);
    client.send(`/sub ${"é".repeat(2046)}`);
    await say(client, "x");
    await hibernate(room);
    const { state, topics, url } = JSON.parse(String(await say(client, "/who")));
    expect([state.name.length, topics[0].length, url.length]).toEqual([4090, 2046, 2048]);
  });

  it("names the socket that an attachment has no place for, and keeps it as it was", async () => {
    const room = fresh();
    const path = `/chat?room=${room}&`;
    const client = await connect(path + "\\".repeat(2048 - running.url.length - path.length));
    client.send(`/name ${"x".repeat(8180)}`);
    expect(await say(client, `/try sub ${"x".repeat(4090)}`)).toMatch(/^RangeError: socket [\w-]{36}: .* keeps 16320$/);
    await hibernate(room);
    expect(JSON.parse(String(await say(client, "/who")))).toMatchObject({ topics: [] });
  });

  it("leaves a socket alone that the subclass accepted by itself", async () => {
    const room = fresh();
    const own = await connect(`/raw?room=${room}`);
    expect(await own.next()).toBe("raw");
    own.send("/list");
    const ada = await connect(`/chat?room=${room}&name=ada`);
    await hibernate(room);
    own.send("/list");
    expect(await say(ada, "/list")).toBe('["ada"]');
    expect(own.unread).toEqual([]);
  });

  it("answers 503 when the object has its 32,768 sockets", async () => {
    const room = fresh();
    await post(`/fill?room=${room}`);
    const response = await answer({ path: `/chat?room=${room}` });
    expect([response.status, header(response, "onesocket-failure")]).toEqual([503, "ROOM_FULL"]);
    expect(header(response, "retry-after")).toBe("5");
  });

  it("drops silent sockets when another asks who is here, if the object was told to", async () => {
    const silent = await raw({ path: "/quiet" });
    await silent.response();
    let dropped = false;
    const close = silent.close().finally(() => {
      dropped = true;
    });
    // Whoever asks may have been silent for too long itself, by the time that another leaves.
    while (!dropped) await say(await connect("/quiet"), "/list").catch(() => {});
    expect((await close).code).toBe(1005);
  });
});

describe("a Worker that keeps sockets in its isolate", () => {
  serve("worker");

  it("puts the decision's headers on the 101", async () => {
    const { headers } = await (await connect("/lobby")).answer;
    expect(headers).toMatchObject({ "x-served-by": "onesocket", "set-cookie": ["a=1", "b=2"] });
  });

  it("carries messages between requests, in order", async () => {
    const room = fresh();
    const ada = await connect(`/lobby?room=${room}&name=ada`);
    const bob = await connect(`/lobby?room=${room}&name=bob`);
    for (let i = 0; i < 100; i++) ada.send(`/say ${i}`);
    for (let i = 0; i < 100; i++) expect([await ada.next(), await bob.next()]).toEqual([`${i}`, `${i}`]);
    bob.send("/sub");
    await say(bob, "/list");
    ada.send("/news extra");
    ada.send("/others psst");
    expect([await bob.next(), await bob.next()]).toEqual(["extra", "psst"]);
    ada.send(Uint8Array.of(1, 2));
    expect(await ada.next()).toEqual(Uint8Array.of(1, 2));
  });

  it("reaches a room from a route", async () => {
    const room = fresh();
    const client = await connect(`/lobby?room=${room}`);
    await post(`/send?in=lobby&room=${room}&binary=1`, Uint8Array.of(1, 2, 3));
    expect(await client.next()).toEqual(Uint8Array.of(2, 3));
    await post(`/close?in=lobby&room=${room}&code=4007`);
    expect(await client.closed).toEqual({ code: 4007, reason: "from a route" });
  });

  it("closes all sockets of a room from one of them", async () => {
    const room = fresh();
    const ada = await connect(`/lobby?room=${room}&name=ada`);
    const bob = await connect(`/lobby?room=${room}&name=bob`);
    ada.send("/close-room");
    expect([await ada.closed, await bob.closed]).toEqual(Array(2).fill({ code: 4005, reason: "over" }));
  });

  it("tells the others how a socket ended: by its client, by loss, by its own close, by `terminate`", async () => {
    const room = fresh();
    const watcher = await connect(`/lobby?room=${room}`);
    const path = (name: string) => `/lobby?room=${room}&name=${name}`;
    await (await connect(path("ada"))).close(4000, "bye");
    expect(await watcher.next()).toBe("ada 4000 bye clean, 1 left");
    (await heard(path("bob"))).reset();
    expect(await watcher.next()).toBe("bob 1006  lost, 1 left");
    (await connect(path("cy"))).send("/close enough");
    expect(await watcher.next()).toBe("cy 4000 enough clean, 1 left");
    (await connect(path("dee"))).send("/terminate");
    expect(await watcher.next()).toBe("dee 1006  lost, 1 left");
    (await heard(path("mute"))).write(frame(TEXT, "/close"));
    expect(await watcher.next()).toBe("mute 1006  lost, 1 left");
  });

  it("lets go of a client that never answers a Close that another request sent", async () => {
    const room = fresh();
    const mute = await heard(`/lobby?room=${room}&name=mute`);
    await post(`/close?in=lobby&room=${room}&code=4007`);
    expect(await mute.close()).toEqual({ code: 4007, reason: "from a route" });
    const watcher = await connect(`/lobby?room=${room}`);
    expect(await watcher.next()).toBe("mute 1006  lost, 1 left");
  });

  it("sends what `open` sends, and closes when `open` does", async () => {
    const client = await connect("/lobby?do=open-close");
    expect(await client.next()).toBe("bye");
    expect(await client.closed).toEqual({ code: 4001, reason: "not today" });
  });

  it("serves Hono's closure form", async () => {
    expect(await say(await connect("/closure"), "hello")).toBe("hello");
  });
});

describe("a bare app with the `sockets` middleware", () => {
  serve("bare");

  it("opens sockets in objects and in the isolate", async () => {
    const client = await connect("/chat?name=ada", ["v2"]);
    expect(client.protocol).toBe("v2");
    expect(await say(client, "/list")).toBe('["ada"]');
    expect(await say(await connect("/lobby"), "hello")).toBe("hello");
  });

  it("puts what the app's other middlewares set on the 101", async () => {
    const { headers } = await (await connect("/chat")).answer;
    expect(headers).toMatchObject({ "x-frame-options": "SAMEORIGIN", "set-cookie": ["a=1", "b=2"] });
  });

  it("lets a middleware refuse after the route has decided", async () => {
    expect(await answer({ path: "/late-401" })).toMatchObject({ status: 401, body: "no" });
  });
});

describe("a Worker that serves one definition", () => {
  serve("alone");

  it("opens its sockets on every path", async () => {
    expect(await say(await connect("/any/path?name=ada"), "/list")).toBe('["ada"]');
  });

  it("has no option that it does not know, nor has a room's object", async () => {
    const mistakes = await fetch(`${running.url}/mistakes`);
    expect(await mistakes.json()).toEqual([
      'TypeError: worker has no option "room": did you mean "rooms"?',
      'TypeError: sockets has no option "room": did you mean "rooms"?',
      'TypeError: durableRoom has no option "observer": did you mean "observe"?',
      'TypeError: observe has no event "close": did you mean "closed"?',
      "TypeError: observe is a function, or an object such as { closed: (event) => … }",
      'TypeError: observe has no event "close": did you mean "closed"?',
    ]);
  });

  it("has no silent default for its rooms", async () => {
    expect(header(await answer({ path: "/stray" }), "onesocket-failure")).toBe("ROOMS_UNMAPPED");
  });
});
