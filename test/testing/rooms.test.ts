import { defineSocket, type Room, type RoomHooks, type StorageDriver } from "onesocket";
import { testing } from "onesocket/test";
import { describe, expect, it } from "vitest";

/** What happened, in order. */
type Log = string[];

/** A definition whose hooks tell a log what they are called for. `own`: instead of a room's hooks. */
function told(log: Log, own: RoomHooks = {}) {
  return defineSocket({
    name: "told",
    upgrade: (request) => ({ room: new URL(request.url).pathname.slice(1), state: {} }),
    open: () => void log.push("socket open"),
    message(socket, data) {
      log.push(`message ${data}`);
      if (data === "alarm") return socket.room.setAlarm(1000);
      if (data === "no alarm") return socket.room.deleteAlarm();
      return undefined;
    },
    close: () => void log.push("socket close"),
    room: {
      open: (room, { woken }) => void log.push(`open ${room.id} ${room.size} ${woken}`),
      empty: (room) => void log.push(`empty ${room.id} ${room.size}`),
      alarm: (room, { retryCount }) => void log.push(`alarm ${room.id} ${room.size} ${retryCount}`),
      ...own,
    },
  });
}

const noEvents = { observe: {} };

describe("a room's hooks", () => {
  it("tell that somebody has come, before his own hook, and that the last one has gone, after it", async () => {
    const log: Log = [];
    await using t = testing(told(log));
    const [a, b] = [await t.connect("/lobby"), await t.connect("/lobby")];
    a.close();
    await t.settled();
    b.close();
    await t.settled();
    expect(log).toEqual([
      ...["open lobby 1 false", "socket open", "socket open"],
      ...["socket close", "socket close", "empty lobby 0"],
    ]);
  });

  it("are waited for: no hook of a member runs before open has ended, and open not before empty has", async () => {
    const log: Log = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = (what: string, gate: number) => async () => {
      log.push(`${what} begins`);
      await gates[gate]?.promise;
      log.push(`${what} ends`);
    };
    let opened = 0;
    const open = () => slow("open", opened++ === 0 ? 0 : 2)();
    await using t = testing(told(log, { open, empty: slow("empty", 1) }));
    const a = await t.connect("/lobby");
    a.send("1");
    const b = await t.connect("/lobby");
    b.send("2");
    expect(log).toEqual(["open begins"]);
    gates[0]?.resolve();
    await t.settled();
    expect(log).toEqual(["open begins", "open ends", "socket open", "socket open", "message 1", "message 2"]);
    log.length = 0;
    a.close();
    b.close();
    await t.advance(0);
    await t.connect("/lobby");
    await t.advance(0);
    expect(log).toEqual(["socket close", "socket close", "empty begins"]);
    gates[1]?.resolve();
    await t.advance(0);
    expect(log.slice(3)).toEqual(["empty ends", "open begins"]);
    gates[2]?.resolve();
    await t.settled();
    expect(log.slice(5)).toEqual(["open ends", "socket open"]);
  });

  it("tell that a room has woken, and not that everybody has left when it falls asleep", async () => {
    const log: Log = [];
    await using t = testing(told(log));
    const a = await t.connect("/lobby");
    await t.hibernate();
    a.send("again");
    await t.settled();
    expect(log).toEqual(["open lobby 1 false", "socket open", "open lobby 1 true", "message again"]);
    await t.hibernate();
    log.length = 0;
    await t.connect("/lobby");
    expect(log).toEqual(["open lobby 2 true", "socket open"]);
  });

  it.each(["throws", "rejects"])(
    "keep everybody out when open %s: closed with 1011, told, and run again",
    async (how) => {
      const log: Log = [];
      let times = 0;
      const open = () => {
        log.push("open");
        if (++times > 2) return undefined;
        if (how === "rejects") return Promise.reject(new Error("no database"));
        throw new Error("no database");
      };
      await using t = testing(told(log, { open, empty: () => log.push("empty") }), noEvents);
      for (let i = 0; i < 2; i++) expect(await (await t.connect("/lobby")).closed).toMatchObject({ code: 1011 });
      await t.settled();
      const failures = t.events.filter(({ type }) => type === "error");
      expect(failures).toMatchObject(Array(2).fill({ definition: "told", error: { message: "no database" } }));
      expect(log).toEqual(["open", "socket close", "open", "socket close"]);
      const c = await t.connect("/lobby");
      c.send("hello");
      await t.settled();
      expect(log.slice(-3)).toEqual(["open", "socket open", "message hello"]);
    },
  );

  it("tell of an empty that fails, and the room goes on", async () => {
    const log: Log = [];
    await using t = testing(told(log, { empty: () => Promise.reject(new Error("unsaved")) }), noEvents);
    (await t.connect("/lobby")).close();
    await t.settled();
    expect(t.events).toContainEqual({ type: "error", definition: "told", error: new Error("unsaved") });
    await t.connect("/lobby");
    expect(log.slice(-2)).toEqual(["open lobby 1 false", "socket open"]);
  });

  it("are of the definition's own names", () => {
    expect(() => defineSocket({ name: "x", room: { opened: () => {} } as never })).toThrow(
      'room has no hook "opened": did you mean "open"?',
    );
    expect(() => defineSocket({ name: "x", room: { open: 1 } as never })).toThrow(
      "room.open is a function of the room",
    );
  });
});

describe("a room's alarm", () => {
  it("rings at its time, though nobody is there any more", async () => {
    const log: Log = [];
    await using t = testing(told(log));
    const a = await t.connect("/lobby");
    a.send("alarm");
    await t.settled();
    a.close();
    await t.settled();
    log.length = 0;
    await t.advance(999);
    expect(log).toEqual([]);
    await t.advance(1);
    expect(log).toEqual(["alarm lobby 0 0"]);
    await t.advance(100_000);
    expect(log).toEqual(["alarm lobby 0 0"]);
  });

  it("rings in the room that has its name now, with the members that it has now", async () => {
    const log: Log = [];
    const heard: unknown[] = [];
    await using t = testing(told(log, { alarm: (room) => room.send("time") }));
    (await t.connect("/lobby")).send("alarm");
    await t.settled();
    await t.hibernate();
    const b = await t.connect("/lobby");
    await t.advance(1000);
    heard.push(await b.next());
    expect(heard).toEqual(["time"]);
  });

  it("is taken back, and set to another time", async () => {
    const times: unknown[] = [];
    const log: Log = [];
    const chat = defineSocket({
      name: "times",
      async message({ room }, data) {
        if (data === "set") await room.setAlarm(500);
        if (data === "later") await room.setAlarm(new Date((await room.getAlarm())! + 500));
        if (data === "never") await room.deleteAlarm();
        times.push(await room.getAlarm());
      },
      room: {
        async alarm(room) {
          log.push("rang");
          times.push(await room.getAlarm());
        },
      },
    });
    await using t = testing(chat, { now: 1000 });
    const a = await t.connect("/");
    for (const data of ["get", "set", "later", "never", "set", "later"]) {
      a.send(data);
      await t.settled();
    }
    expect(times).toEqual([undefined, 1500, 2000, undefined, 1500, 2000]);
    await t.advance(500);
    expect(log).toEqual([]);
    await t.advance(500);
    expect(log).toEqual(["rang"]);
    expect(times.at(-1)).toBe(undefined);
  });

  it("that fails is told, and rings again after 2, 4, 8, 16, 32 and 64 seconds, and no more", async () => {
    const rings: [number, number][] = [];
    const log: Log = [];
    let start = 0;
    const alarm: RoomHooks["alarm"] = (_, { retryCount }) => {
      rings.push([(t.now - start) / 1000, retryCount]);
      throw new Error("not now");
    };
    await using t = testing(told(log, { alarm }), noEvents);
    (await t.connect("/lobby")).send("alarm");
    await t.settled();
    start = t.now + 1000;
    await t.advance(1_000_000);
    expect(rings).toEqual([0, 2, 6, 14, 30, 62, 126].map((at, retry) => [at, retry]));
    expect(t.events.filter(({ type }) => type === "error")).toHaveLength(7);
  });

  it("that fails and has set another is not rung again for that one", async () => {
    const log: Log = [];
    let times = 0;
    const alarm = async (room: Room, { retryCount }: { retryCount: number }) => {
      log.push(`${t.now} ${retryCount}`);
      if (++times > 1) return;
      await room.setAlarm(5000);
      throw new Error("but later");
    };
    await using t = testing(told(log, { alarm }), { now: 0, ...noEvents });
    (await t.connect("/lobby")).send("alarm");
    await t.settled();
    await t.advance(100_000);
    expect(log.filter((line) => line.endsWith("0"))).toEqual(["1000 0", "6000 0"]);
  });

  it.each([
    [-1, "setAlarm takes milliseconds from now, or a Date, not -1"],
    [Number.NaN, "setAlarm takes milliseconds from now, or a Date, not NaN"],
    [new Date(Number.NaN), /not Invalid Date/],
    [null, "not null"],
    [1_700_000_000_000, "not 1700000000000: make a Date of it"],
  ])("is set to a time: not %s", async (when, message) => {
    const errors: unknown[] = [];
    const chat = defineSocket({
      name: "wrong",
      message: ({ room }) => room.setAlarm(when as never),
      error: (_, error) => void errors.push(error),
      room: { alarm() {} },
    });
    await using t = testing(chat);
    (await t.connect("/")).send("set");
    await t.settled();
    expect(errors).toHaveLength(1);
    expect(() => {
      throw errors[0];
    }).toThrow(RangeError);
    expect((errors[0] as Error).message).toMatch(message);
  });

  it("wants a hook", async () => {
    const errors: unknown[] = [];
    const chat = defineSocket({
      name: "none",
      message: ({ room }) => room.setAlarm(1),
      error: (_, error) => void errors.push(error),
    });
    await using t = testing(chat);
    (await t.connect("/")).send("set");
    await t.settled();
    expect(errors).toEqual([new TypeError("setAlarm: the definition has no alarm hook: room: { alarm: (room) => … }")]);
  });
});

describe("a room's storage", () => {
  const counter = defineSocket({
    name: "counter",
    upgrade: (request) => ({ room: new URL(request.url).pathname.slice(1), state: {} }),
    async open({ room, send }) {
      void send;
      room.send(`${await room.storage.update<number>("visits", (n = 0) => n + 1)}`);
    },
  });

  it("outlives the room, sleep too, and is the room's own", async () => {
    await using t = testing(counter);
    const a = await t.connect("/a");
    expect(await a.next()).toBe("1");
    a.close();
    await t.settled();
    const again = await t.connect("/a");
    expect(await again.next()).toBe("2");
    await t.hibernate();
    expect(await (await t.connect("/b")).next()).toBe("1");
    await t.connect("/a");
    expect(await again.next()).toBe("3");
  });

  it("lets nothing come between what update reads and writes, however many call", async () => {
    const heard: number[] = [];
    const many = defineSocket({
      name: "many",
      async message({ room }) {
        heard.push(await room.storage.update<number>("n", (n = 0) => n + 1));
      },
    });
    const values = new Map<string, string>();
    const later = <Value>(value: Value) => new Promise<Value>((resolve) => setTimeout(resolve, 1, value));
    const slow: StorageDriver = {
      get: (_, key) => later(values.get(key)),
      put: async (_, key, value) => void values.set(key, await later(value)),
      delete: (_, key) => values.delete(key),
      list: () => values,
    };
    await using t = testing(many, { storage: slow });
    const clients = await Promise.all(Array.from({ length: 10 }, () => t.connect("/")));
    for (const client of clients) client.send("count");
    await t.settled();
    expect(heard.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...values]).toEqual([["n", "10"]]);
  });

  it("tells of a driver that fails, and a call that nobody awaits is no unhandled rejection", async () => {
    const careless = defineSocket({ name: "careless", message: ({ room }) => void room.storage.put("a", 1) });
    const fail = (): never => {
      throw new Error("the disk is full");
    };
    await using t = testing(careless, { storage: { get: fail, put: fail, delete: fail, list: fail }, ...noEvents });
    (await t.connect("/")).send("put");
    await t.settled();
    expect(t.events).toContainEqual({ type: "error", definition: "careless", error: new Error("the disk is full") });
  });
});
