import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { liveRoom, locate, rooms } from "../../../src/core/rooms/registry.ts";
import { LiveRoom } from "../../../src/core/rooms/room.ts";
import { type } from "../../../src/core/rpc/schema.ts";
import { gate, session, settled } from "../../helpers/core/core.ts";

function members(count: number) {
  const room = new LiveRoom("r", {});
  return { room, all: Array.from({ length: count }, () => session({}, { room })) };
}

const CHAT = { name: "chat" };
const OTHER = { name: "other" };

describe("a room", () => {
  it("sends to all of its members, the sender too", () => {
    const { room, all } = members(3);
    room.send("hi");
    expect(all.map(({ transport }) => transport.sent)).toEqual([["hi"], ["hi"], ["hi"]]);
  });

  it("leaves out the excepted one", () => {
    const { room, all } = members(2);
    room.send("hi", { except: all[0]!.session });
    expect(all.map(({ transport }) => transport.sent)).toEqual([[], ["hi"]]);
  });

  it.each([
    ["a list", (socket: { id: string }) => [socket], "not an array"],
    ["an empty list", () => [], "not an array"],
    ["a set", (socket: { id: string }) => new Set([socket]), "not a Set"],
    ["an id by itself", ({ id }: { id: string }) => id, "not the string "],
    ["an object without an id", () => ({}), "not an empty object"],
    ["an id that is a number", () => ({ id: 1 }), 'not an object with "id"'],
  ])(
    "throws a TypeError that says what to pass for %s as the excepted one, and sends nothing",
    async (_, except, not) => {
      const { room, all } = members(2);
      const options = { except: except(all[0]!.session) as never };
      const told = `except is one socket, or { id: socket.id }, ${not}`;
      expect(() => room.send("hi", options)).toThrow(TypeError);
      expect(() => room.send("hi", options)).toThrow(told);
      expect(all.map(({ transport }) => transport.sent)).toEqual([[], []]);
      const sent = rooms(defineSocket(CHAT)).get("r").send("hi", options);
      await expect(sent).rejects.toThrow(TypeError);
      await expect(sent).rejects.toThrow(told);
    },
  );

  it("sends to a topic's subscribers only, from the moment of subscribe to that of unsubscribe", () => {
    const { room, all } = members(2);
    room.send("0", { topic: "news" });
    all[0]!.session.subscribe("news");
    room.send("1", { topic: "news" });
    all[0]!.session.unsubscribe("news");
    room.send("2", { topic: "news" });
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1"], []]);
  });

  it("forgets a member, with its topics, before its close handler runs", () => {
    const room = new LiveRoom("r", {});
    const seen: unknown[] = [];
    const { session: subject, transport } = session(
      {
        close(socket) {
          socket.room.send("still there?", { topic: "news" });
          seen.push(socket.room.size, socket.room.sockets.length, socket.room.get(socket.id));
        },
      },
      { room },
    );
    subject.subscribe("news");
    subject.closed(1000, "", true);
    expect(seen).toEqual([0, 0, undefined]);
    expect(transport.sent).toEqual([]);
  });

  it("closes all of its members, or a topic's", () => {
    const { room, all } = members(2);
    all[0]!.session.subscribe("bad");
    room.close({ topic: "bad" }, 4000, "out");
    expect(all.map(({ transport }) => transport.log)).toEqual([["close 4000 out"], []]);
    room.close();
    expect(all[1]!.transport.log).toEqual(["close 1000 "]);
  });

  it("survives members that vanish while it sends", () => {
    const { room, all } = members(3);
    all[1]!.transport.send = () => {
      all[2]!.session.closed(1006, "", false);
      return 0;
    };
    room.send("hi");
    expect(all[0]!.transport.sent).toEqual(["hi"]);
    expect(room.size).toBe(2);
  });

  it("throws a TypeError for data that cannot be sent, before anyone got it", () => {
    const { room } = members(1);
    expect(() => room.send({} as unknown as string)).toThrow(TypeError);
  });

  it("loads its hibernated members once, when they are first needed", () => {
    let loads = 0;
    const room: LiveRoom = new LiveRoom("r", {
      load() {
        loads += 1;
        session({}, { room });
      },
    });
    expect(loads).toBe(0);
    expect([room.size, room.size]).toEqual([1, 1]);
    expect(loads).toBe(1);
  });
});

describe("the rooms of a process", () => {
  const chat = defineSocket({ name: "chat" });

  it("are one object per definition's name and id, gone with their last member", () => {
    const room = liveRoom(CHAT, "a");
    expect(liveRoom(OTHER, "a")).not.toBe(room);
    const { session: subject } = session({}, { room });
    expect(liveRoom(CHAT, "a")).toBe(room);
    subject.closed(1000, "", true);
    expect(liveRoom(CHAT, "a")).not.toBe(room);
  });

  it("stay the same room while a close handler still runs", async () => {
    const leaving = gate();
    const room = liveRoom(CHAT, "slow");
    const first = session({ close: () => leaving.promise }, { room });
    first.session.closed(1000, "", true);
    expect(liveRoom(CHAT, "slow")).toBe(room);
    leaving.open();
    await settled();
    expect(liveRoom(CHAT, "slow")).not.toBe(room);
  });

  it("can be sent to, and closed, from outside", async () => {
    const { transport, session: subject } = session({}, { room: liveRoom(CHAT, "lobby") });
    subject.subscribe("news");
    await rooms(chat).get("lobby").send("hello", { topic: "news" });
    await rooms(chat).get("lobby").close({}, 4000, "over");
    expect(transport.sent).toEqual(["hello"]);
    expect(transport.log).toContain("close 4000 over");
  });

  it("take a message for an empty room without a word", async () => {
    await expect(rooms(chat).get("nobody").send("hello")).resolves.toBeUndefined();
    expect(() => rooms(chat).get("half a character: \ud800")).toThrow(RangeError);
  });

  it("reject what cannot be sent or closed with, as the room itself does", async () => {
    session({}, { room: liveRoom(CHAT, "strict") });
    await expect(
      rooms(chat)
        .get("strict")
        .send(1 as unknown as string),
    ).rejects.toThrow(TypeError);
    await expect(rooms(chat).get("strict").close({}, 1006)).rejects.toThrow(TypeError);
  });

  it("are found elsewhere when a host says so", async () => {
    const asked: unknown[] = [];
    locate("remote", (env, id) => ({
      id,
      send: async (data) => void asked.push([env, id, data]),
      say: async (text) => void asked.push([env, id, text]),
      close: async () => {},
      count: async () => 0,
    }));
    const room = rooms(defineSocket({ name: "remote", notifications: { said: type<string>() } }), { binding: 1 }).get(
      "x",
    );
    await room.send("hi");
    await room.notify("said", "ho");
    const said = '{"jsonrpc":"2.0","method":"said","params":["ho"]}';
    expect(asked).toEqual([
      [{ binding: 1 }, "x", "hi"],
      [{ binding: 1 }, "x", said],
    ]);
  });
});
