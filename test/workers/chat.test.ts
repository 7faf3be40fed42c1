import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { app } from "../../workers/app.ts";
import type { ServerMessage } from "../../workers/protocol.ts";
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
  client.send(JSON.stringify({ type: "say", id, text }));
}

/** The next message of a type, past all others. */
async function next<Type extends ServerMessage["type"]>(
  client: Client,
  type: Type,
): Promise<Extract<ServerMessage, { type: Type }>> {
  for (;;) {
    const message = (await client.json()) as unknown as ServerMessage;
    if (message.type === type) return message as Extract<ServerMessage, { type: Type }>;
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
    for (let message = await first!.json(); message.type !== "said"; message = await first!.json()) {
      seen.push(JSON.stringify(message));
    }
    expect(seen).toHaveLength(100);
    expect(seen.filter((text) => text.includes("late"))).toEqual([]);
    await Promise.all(people.map((client) => client.close()));
  });
});

describe("who talks too fast", () => {
  it("is told for each message that was not taken, and the others hear only what was", async () => {
    const [ada, bob] = [await enter("fast", "Ada"), await enter("fast", "Bob")];
    for (let id = 0; id < 40; id += 1) say(ada, `${id}`);
    const refused: (string | undefined)[] = [];
    for (let id = 0; id < 10; id += 1) {
      const error = await next(ada, "error");
      expect(error.text).toMatch(/slow|fast/i);
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
    for (let turn = 0; turn < 50; turn += 1) ada.send(JSON.stringify({ type: "typing", on: turn % 2 === 0 }));
    await ada.close();
    const heard: string[] = [];
    for (let message = await bob.json(); message.type !== "left"; message = await bob.json()) {
      heard.push(message.type as string);
    }
    expect(heard.filter((type) => type === "typing").length).toBeLessThan(40);
  });

  it("and does not stop is closed", async () => {
    const ada = await enter("flood", "Ada");
    for (let id = 0; id < 500; id += 1) say(ada, `${id}`);
    expect(await ada.closed).toEqual({ code: 4429, reason: "too many messages" });
  });
});
