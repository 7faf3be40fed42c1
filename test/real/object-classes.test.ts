import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";

/** What each room keeps, or doesn't; all in one Worker. */
const SOURCE = `
import { defineSocket } from "onesocket";
import { durableRoom, worker } from "onesocket/cloudflare";
import { placed, shardedRoom } from "onesocket/cloudflare/shards";
const plain = defineSocket({ name: "plain", origins: "*", presence: () => true, message: ({ room }, data) => room.send(data) });
const stored = defineSocket({ name: "stored", origins: "*", message: ({ room }) => room.storage.put("key", 1) });
const history = defineSocket({ name: "history", origins: "*", history: { messages: 5 }, notifications: {}, message: (socket) => socket.send("open") });
const sharded = defineSocket({ name: "sharded", origins: "*", message: ({ room }, data) => room.send(data) });
export class Plain extends durableRoom(plain) {}
export class Stored extends durableRoom(stored) {}
export class History extends durableRoom(history) {}
export class Sharded extends shardedRoom(sharded) {}
const rooms = { plain: "Plain", stored: "Stored", history: "History", sharded: placed({ binding: "Sharded", shards: 2 }) };
const hosts = Object.fromEntries([plain, stored, history, sharded].map((one) => [one.name, worker(one, { rooms })]));
export default { fetch: (request, env, context) => hosts[new URL(request.url).pathname.slice(1)].fetch(request, env, context) };
`;

describe("rooms of an object class that has no SQLite, of new_classes", () => {
  let running: RunningWorker;

  beforeAll(async () => {
    const names = ["Plain", "Stored", "History", "Sharded"];
    running = await startWorker(SOURCE, {
      storage: "legacy-kv",
      objects: Object.fromEntries(names.map((name) => [name, name])),
    });
  });

  afterAll(() => running?.dispose());

  const told = (name: string) =>
    expect.poll(() => running.logs.filter((line) => line.includes(`onesocket: ${name}`)).join("\n"));

  it("carry messages, and show who is there", async () => {
    const client = await Client.connect(`${running.ws}/plain`);
    expect(await client.json()).toMatchObject({ method: "rpc.others" });
    client.send("hello");
    expect(await client.next()).toBe("hello");
    await client.close();
  });

  it.each(["stored", "history"])(
    "that keep something (%s) close with 1011, and the log tells what to change",
    async (name) => {
      const client = await Client.connect(`${running.ws}/${name}`);
      client.send("anything");
      expect((await client.closed).code).toBe(1011);
      await told(name).toContain("change `new_classes` to `new_sqlite_classes`");
    },
  );

  it("that would have several objects are refused, and the log tells what to change", async () => {
    await expect(Client.connect(`${running.ws}/sharded`)).rejects.toThrow("500");
    await told("sharded").toContain("change `new_classes` to `new_sqlite_classes`");
  });
});
