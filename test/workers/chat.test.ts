import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { connect } from "../../src/client/index.ts";
import { app } from "../../workers/app.ts";
import type { chat } from "../../workers/chat.ts";
import type { News } from "../../workers/protocol.ts";
import { Client } from "../helpers/client.ts";

let server: NodeServer;

beforeAll(async () => {
  server = await serve(app, { port: 0, hostname: "127.0.0.1", env: { ADMIN_TOKEN: "let-me-in" } });
});

afterAll(() => server?.close());

function enter(room: string, name: string): Promise<Client> {
  return Client.connect(`${server.url}/chat/${encodeURIComponent(room)}?name=${name}`);
}

function say(client: Client, id: string, text = "hello"): void {
  call(client, "say", { id, text }, id);
}

/** Calls a method; with an id, for an answer. */
function call(client: Client, method: string, params: unknown, id?: string): void {
  client.send(JSON.stringify({ jsonrpc: "2.0", id, method, params: typeof params === "object" ? params : [params] }));
}

/** What the next notification of a name carries, past all else. */
async function next<Name extends keyof News>(client: Client, name: Name): Promise<News[Name]> {
  for (;;) {
    const { method, params } = await client.json();
    if (method === name) return params as News[Name];
  }
}

/** The next error that a request was answered with. */
async function nextError(client: Client): Promise<{ id: string; code: number; message: string; data?: unknown }> {
  for (;;) {
    const { id, error } = await client.json();
    if (error) return { id: id as string, ...(error as { code: number; message: string }) };
  }
}

/** The names of what comes until one of a name does. */
async function namesUntil(client: Client, last: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const { method } = await client.json();
    if (method === last) return names;
    if (method) names.push(method as string);
  }
}

describe("the demo's rooms", () => {
  it("are apart whatever script their name is in, and none of them is the lobby", async () => {
    const lobby = await enter("lobby", "Eve");
    const rooms = await Promise.all(["ночь", "день", "会議室"].map((room) => enter(room, "Ada")));
    for (const client of rooms) expect((await next(client, "welcome")).people).toHaveLength(1);
    for (const [index, client] of rooms.entries()) say(client, `${index}`, `secret ${index}`);
    for (const [index, client] of rooms.entries()) expect((await next(client, "said")).text).toBe(`secret ${index}`);
    say(lobby, "end");
    expect((await next(lobby, "said")).text).toBe("hello");
  });

  it.each(["Lobby", "🎉", "%", "a b", "x".repeat(49)])("are not opened by what is no room's name: %s", async (room) => {
    await expect(enter(room, "Ada")).rejects.toThrow(/404/);
    const announced = await fetch(`${server.url.replace("ws", "http")}/admin/${encodeURIComponent(room)}/announce`, {
      method: "POST",
      headers: { authorization: "Bearer let-me-in" },
      body: '{"text":"x"}',
    });
    expect(announced.status).toBe(404);
  });

  it("take a hundred people, and tell one more that they are full, without a word to the others", async () => {
    const people = [];
    for (let index = 0; index < 100; index += 1) people.push(await enter("full", `p${index}`));
    const late = await enter("full", "late");
    expect(await late.closed).toEqual({ code: 4503, reason: "the room is full" });
    const [first] = people;
    say(first!, "end");
    const seen: string[] = [];
    for (let message = await first!.json(); message.method !== "said"; message = await first!.json()) {
      seen.push(JSON.stringify(message));
    }
    // Where the room is, who is here, and 99 who came.
    expect(seen).toHaveLength(101);
    expect(seen.filter((text) => text.includes("late"))).toEqual([]);
    await Promise.all(people.map((client) => client.close()));
  });
});

describe("a name", () => {
  it("is changed for all to see, as far as it can be shown, and goes with what is said from then on", async () => {
    const [ada, bob] = [await enter("names", "Ada"), await enter("names", "Bob")];
    call(ada, "rename", " Grace\u202e  Hopper ", "1");
    const { person, before } = await next(bob, "renamed");
    expect([before, person.name]).toEqual(["Ada", "Grace Hopper"]);
    say(ada, "x");
    expect((await next(bob, "said")).from.name).toBe("Grace Hopper");
    const eve = await enter("names", "Eve");
    expect((await next(eve, "welcome")).people.map(({ name }) => name)).toEqual(["Grace Hopper", "Bob", "Eve"]);
  });

  it("stays as it was where nothing of another one can be shown, and the same name is no news", async () => {
    const [ada, bob] = [await enter("same", "Ada"), await enter("same", "Bob")];
    call(ada, "rename", "\u202e", "1");
    expect(await nextError(ada)).toMatchObject({ id: "1", data: [{ message: "that name can’t be shown" }] });
    call(ada, "rename", "Ada ", "2");
    say(ada, "x");
    expect(await namesUntil(bob, "said")).not.toContain("renamed");
  });
});

describe("what was said before somebody came in", () => {
  /** Comes in as the page does. */
  async function page(room: string, name: string): Promise<{ heard: string[]; here: Promise<void>; close(): void }> {
    const client = connect<typeof chat>(`${server.url}/chat/${room}?name=${name}`, { history: 200 });
    const heard: string[] = [];
    const { promise: here, resolve } = Promise.withResolvers<void>();
    client.on("said", ({ text }) => heard.push(text));
    client.on("renamed", ({ before, person }) => heard.push(`${before}: ${person.name}`));
    client.on("typing", () => heard.push("typing"));
    client.on("welcome", () => {
      heard.push("welcome");
      resolve();
    });
    return { heard, here, close: () => client.close() };
  }

  it("comes first, in order, without who was typing then", async () => {
    const ada = await enter("past", "Ada");
    say(ada, "1", "one");
    call(ada, "typing", true);
    call(ada, "rename", "Grace");
    say(ada, "2", "two");
    await next(ada, "renamed");
    const bob = await page("past", "Bob");
    await bob.here;
    expect(bob.heard).toEqual(["one", "Ada: Grace", "two", "welcome"]);
    bob.close();
  });

  it("is there for one who comes back to an empty room, and in no other room", async () => {
    const ada = await enter("left", "Ada");
    say(ada, "1", "anybody?");
    await next(ada, "said");
    await ada.close();
    const [bob, eve] = [await page("left", "Bob"), await page("right", "Eve")];
    await Promise.all([bob.here, eve.here]);
    expect([bob.heard, eve.heard]).toEqual([["anybody?", "welcome"], ["welcome"]]);
    for (const one of [bob, eve]) one.close();
  });
});

describe("what makes no sense", () => {
  it.each([
    ["say", { id: "x y", text: "hello" }, "id must be"],
    ["say", { id: "1", text: " " }, "text must be"],
    ["say", { id: "1", text: "x".repeat(2001) }, "text must be"],
    ["say", {}, "id must be"],
    ["typing", "yes", "true or false"],
    ["rename", 7, "can’t be shown"],
  ])("is answered with what is wrong, and leaves the connection open: %s %j", async (method, params, problem) => {
    const ada = await enter("sense", "Ada");
    call(ada, method, params, "1");
    const { code, data } = await nextError(ada);
    expect([code, JSON.stringify(data)]).toEqual([-32602, expect.stringContaining(problem)]);
    say(ada, "end");
    await next(ada, "said");
    await ada.close();
  });
});

describe("who talks too fast", () => {
  it("is told for each message that was not taken, and the others hear only what was", async () => {
    const [ada, bob] = [await enter("fast", "Ada"), await enter("fast", "Bob")];
    for (let id = 0; id < 40; id += 1) say(ada, `${id}`);
    const refused: (string | undefined)[] = [];
    for (let id = 0; id < 10; id += 1) {
      const error = await nextError(ada);
      expect(error).toMatchObject({ code: 4429, message: "slow down a little" });
      refused.push(error.id);
    }
    expect(refused.at(-1)).toBe("39");
    say(bob, "end");
    const heard: string[] = [];
    for (let said = await next(bob, "said"); said.id !== "end"; said = await next(bob, "said")) heard.push(said.id);
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, id) => `${id}`));
    expect(heard.length).toBeLessThan(40);
  });

  it("may not use hints of typing to get round it", async () => {
    const [ada, bob] = [await enter("hints", "Ada"), await enter("hints", "Bob")];
    for (let turn = 0; turn < 50; turn += 1) call(ada, "typing", turn % 2 === 0);
    await ada.close();
    const heard = await namesUntil(bob, "left");
    expect(heard.filter((type) => type === "typing").length).toBeLessThan(40);
  });

  it("and does not stop is closed", async () => {
    const ada = await enter("flood", "Ada");
    for (let id = 0; id < 500; id += 1) say(ada, `${id}`);
    expect(await ada.closed).toEqual({ code: 4429, reason: "too many messages" });
  });
});
