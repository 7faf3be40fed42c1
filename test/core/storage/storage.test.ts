import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { JsonStorage } from "../../../src/core/contract/room-storage.ts";
import type { Sql } from "../../../src/core/history/sql-history.ts";
import type { StorageDriver } from "../../../src/core/storage/driver.ts";
import { MemoryStorage } from "../../../src/core/storage/memory-storage.ts";
import { ObjectAlarm } from "../../../src/core/storage/object-alarm.ts";
import { SqlStorage } from "../../../src/core/storage/sql-storage.ts";

/** SQLite as a Durable Object has it: it answers at once. */
function sqlite(): { readonly sql: Sql; deleteAll(): void } {
  const database = new DatabaseSync(":memory:");
  const exec: Sql["exec"] = (query, ...bindings) =>
    database.prepare(query).all(...(bindings as SQLInputValue[])) as Record<string, unknown>[];
  const deleteAll = () => {
    for (const { name } of exec("SELECT name FROM sqlite_schema WHERE type = 'table'")) exec(`DROP TABLE ${name}`);
  };
  return { sql: { exec }, deleteAll };
}

const LOBBY = { definition: "chat", id: "lobby" };

const keeping = (driver: StorageDriver, room = LOBBY) => {
  const failures: unknown[] = [];
  return { storage: new JsonStorage(room, driver, (error) => failures.push(error)), failures };
};

const DRIVERS: readonly (readonly [string, () => StorageDriver])[] = [
  ["memory", () => new MemoryStorage()],
  ["SQLite", () => new SqlStorage(sqlite())],
];

describe.each(DRIVERS)("what is kept in %s", (_, make) => {
  it("is there until it is deleted, and as it was at the call", async () => {
    const { storage } = keeping(make());
    const value = { list: [1] };
    const put = storage.put("a", value);
    value.list.push(2);
    await put;
    const kept = await storage.get<{ list: number[] }>("a");
    expect(kept).toEqual({ list: [1] });
    expect(Object.isFrozen(kept?.list)).toBe(true);
    await storage.put("a", null);
    expect(await storage.get("a")).toBe(null);
    await storage.delete("a");
    await storage.delete("a");
    expect(await storage.get("a")).toBe(undefined);
  });

  it("is listed by the beginning of its keys, whatever is in them, in their order", async () => {
    const { storage } = keeping(make());
    const keys = ["b", "a%", "a_", "ab", "a", "a\u{10FFFF}b", "A", "aé", "a\0", "x".repeat(2048)];
    for (const key of keys) await storage.put(key, key);
    expect([...(await storage.list()).keys()]).toEqual(keys.toSorted());
    for (const prefix of ["a", "a%", "a_", "a\0", "A", "c"])
      expect([...(await storage.list(prefix)).keys()], prefix).toEqual(
        keys.filter((key) => key.startsWith(prefix)).toSorted(),
      );
  });

  it("changes as a whole, or not at all", async () => {
    const { storage, failures } = keeping(make());
    const add = (n = 0) => n + 1;
    const counts = await Promise.all(Array.from({ length: 20 }, () => storage.update<number>("n", add)));
    expect(counts).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const wrong = new Error("wrong");
    const throwing = storage.update("n", () => {
      throw wrong;
    });
    await expect(throwing).rejects.toBe(wrong);
    await expect(storage.update("n", () => undefined)).rejects.toThrow(TypeError);
    expect([await storage.get("n"), failures.length]).toEqual([20, 2]);
  });

  it.each<[unknown, string]>([
    [undefined, 'undefined is no value for "a": delete it'],
    [new Map(), 'room.storage: "a" is not plain JSON data (a Map)'],
    [{ n: Number.NaN }, 'room.storage: "a".n is not plain JSON data'],
    [{ when: new Date(0) }, '"a".when is not plain JSON data (a Date)'],
  ])("is plain data: not %o", (value, message) => {
    const { storage } = keeping(make());
    expect(() => storage.put("a", value as never)).toThrow(message);
  });

  it.each(["\ud800", "é".repeat(1025), "", 5 as never])("has keys that are text: not %j", (key) => {
    const { storage } = keeping(make());
    for (const call of [() => storage.get(key), () => storage.put(key, 1), () => storage.delete(key)])
      expect(call).toThrow(/^room.storage: a key/);
  });
});

it("memory keeps rooms apart, however they are named, and refuses what is more than it may have", async () => {
  const driver = new MemoryStorage(1000);
  const rooms = [
    { definition: "a", id: 'b","c' },
    { definition: 'a","b', id: "c" },
  ];
  const [one, other] = rooms.map((room) => keeping(driver, room));
  await one!.storage.put("key", "x".repeat(500));
  expect(await other!.storage.get("key")).toBe(undefined);
  const full = other!.storage.put("key", "x".repeat(500));
  await expect(full).rejects.toThrow("give the host a driver, storage: { get, put, delete, list }");
  await one!.storage.put("key", "y".repeat(600));
  await one!.storage.delete("key");
  await other!.storage.put("key", "x".repeat(500));
  expect(await other!.storage.list()).toEqual(new Map([["key", "x".repeat(500)]]));
});

it("SQLite begins anew when somebody has emptied the object's storage", async () => {
  const object = sqlite();
  const { storage } = keeping(new SqlStorage(object));
  await storage.put("a", 1);
  object.deleteAll();
  expect(await storage.get("a")).toBe(undefined);
  await storage.put("a", 2);
  expect(await storage.get("a")).toBe(2);
});

it("a driver is known by its functions", () => {
  expect(() => keeping({ get() {} } as never)).toThrow(
    "storage, of the host, is { get, put, delete, list }: put is no function",
  );
});

describe("an object's one alarm", () => {
  function object() {
    const { sql, deleteAll } = sqlite();
    const clock = { now: 1000, at: null as number | null, sets: 0 };
    const storage = {
      sql,
      getAlarm: async () => clock.at,
      setAlarm: async (at: number) => {
        clock.at = at;
        clock.sets += 1;
      },
      deleteAlarm: async () => {
        clock.at = null;
      },
    };
    return { clock, storage, deleteAll, alarm: () => new ObjectAlarm(storage, () => clock.now) };
  }

  const nobody = { room: undefined, sockets: undefined, class: undefined };

  it("is set for whoever is next, and each finds its own", async () => {
    const { clock, alarm } = object();
    const shared = alarm();
    await shared.of("room").set(3000);
    await shared.view("sockets").setAlarm(2000);
    await shared.view("class").setAlarm(4000);
    expect([clock.at, shared.of("room").get(), await shared.view("class").getAlarm()]).toEqual([2000, 3000, 4000]);
    await shared.view("sockets").deleteAlarm();
    expect(clock.at).toBe(3000);
    await shared.of("room").clear();
    await shared.view("class").deleteAlarm();
    expect(clock.at).toBe(null);
  });

  it("runs those that are due, after a wake too, and one that is set meanwhile at its own time", async () => {
    const { clock, alarm } = object();
    await alarm().of("room").set(2000);
    await alarm().view("class").setAlarm(2500);
    clock.now = 2000;
    const woken = alarm();
    const rang: string[] = [];
    const rings = {
      ...nobody,
      room: () => {
        rang.push(`room, set: ${woken.of("room").get()}`);
        woken.of("room").set(9000);
      },
      class: () => void rang.push("class"),
    };
    await woken.ring(rings, () => {});
    expect([rang, clock.at]).toEqual([["room, set: undefined"], 2500]);
    clock.now = 2500;
    await woken.ring(rings, () => {});
    expect([rang, clock.at]).toEqual([["room, set: undefined", "class"], 9000]);
  });

  it("rings again for one that fails, six times, and keeps none from the others", async () => {
    const { clock, alarm } = object();
    const shared = alarm();
    await shared.of("room").set(1000);
    await shared.view("class").setAlarm(1000);
    const rang: [number, number][] = [];
    const failures: unknown[] = [];
    let others = 0;
    const room = ({ retryCount }: { readonly retryCount: number }) => {
      rang.push([clock.now - 1000, retryCount]);
      throw new Error("no");
    };
    for (; clock.at !== null; clock.now = clock.at ?? 0) {
      const other = () => {
        others += 1;
      };
      const rings = { ...nobody, room, class: other };
      await shared.ring(rings, (error) => failures.push(error));
    }
    expect(rang).toEqual([0, 2, 6, 14, 30, 62, 126].map((s, retry) => [s * 1000, retry]));
    expect([failures.length, others]).toEqual([7, 1]);
  });

  it("that was set past it is the class's, or the sockets'", async () => {
    const { alarm } = object();
    const rang: string[] = [];
    const rings = {
      room: () => rang.push("room"),
      sockets: () => rang.push("sockets"),
      class: () => rang.push("class"),
    };
    await alarm().ring(rings, () => {});
    expect(rang).toEqual(["sockets", "class"]);
  });

  it("begins anew when somebody has emptied the object's storage", async () => {
    const { clock, alarm, deleteAll } = object();
    const shared = alarm();
    await shared.of("room").set(5000);
    deleteAll();
    expect(shared.of("room").get()).toBe(undefined);
    await shared.of("room").set(6000);
    expect(clock.at).toBe(6000);
  });
});
