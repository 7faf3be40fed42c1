import { describe, expect, it, vi } from "vitest";
import { defineSocket } from "../../src/core/contract/definition.ts";
import type { SocketEvent } from "../../src/core/contract/observer.ts";
import { encodeBatch, pack } from "../../src/core/rooms/cluster/batch.ts";
import { type } from "../../src/core/rpc/schema.ts";
import { session, settled } from "../helpers/core/core.ts";
import { BUFFERS, sendReused } from "../hosts/buffers.ts";
import { Bus } from "./memory.ts";

const chat = defineSocket({ name: "chat", notifications: { said: type<string>() } });
const LOBBY = JSON.stringify(["chat", "lobby"]);

/** Lets the turn end, and the bus deliver what was published in it. */
async function delivered(): Promise<void> {
  await settled();
  await settled();
}

/** The core as a process of its own has it, joined to a bus. */
async function processOn(bus: Bus) {
  vi.resetModules();
  const { joinBroker } = await import("../../src/core/rooms/cluster/cluster.ts");
  const { liveRoom, rooms } = await import("../../src/core/rooms/registry.ts");
  const events: SocketEvent[] = [];
  const leave = joinBroker(bus.connect)((event) => void events.push(event));
  return {
    events,
    leave,
    joinBroker,
    handle: (id = "lobby") => rooms(chat).get(id),
    member: (id = "lobby", topics: string[] = [], definition = chat) =>
      session({}, { room: liveRoom(definition, id) as never, snapshot: { topics } }),
  };
}

/** A bus and processes on it. */
async function cluster<Count extends number>(count: Count) {
  const bus = new Bus();
  const processes = [];
  for (let i = 0; i < count; i += 1) processes.push(await processOn(bus));
  return {
    bus,
    processes: processes as [Awaited<ReturnType<typeof processOn>>, Awaited<ReturnType<typeof processOn>>],
  };
}

async function pair() {
  const { bus, processes } = await cluster(2);
  const [here, there] = processes;
  return { bus, here, there, one: here.member(), other: there.member() };
}

describe("a room that spans processes", () => {
  it("sends to all of its members once: here at once, elsewhere in the same order", async () => {
    const { one, other } = await pair();
    one.room.send("a");
    one.room.send("b");
    expect(one.transport.sent).toEqual(["a", "b"]);
    await delivered();
    expect(one.transport.sent).toEqual(["a", "b"]);
    expect(other.transport.sent).toEqual(["a", "b"]);
  });

  it("notifies its members elsewhere, and from a process that has none", async () => {
    const { here, one, other } = await pair();
    one.session.room.notify("said" as never, "a" as never);
    await here.handle().notify("said", "b", { except: one.session });
    await delivered();
    const said = (text: string) => `{"jsonrpc":"2.0","method":"said","params":["${text}"]}`;
    expect(one.transport.sent).toEqual([said("a")]);
    expect(other.transport.sent).toEqual([said("a"), said("b")]);
    await expect(here.handle().notify("sad" as "said", "c")).rejects.toThrow('did you mean "said"?');
  });

  it("publishes what one turn sent as one batch", async () => {
    const { bus, one } = await pair();
    for (let i = 0; i < 100; i += 1) one.room.send(`${i}`);
    await delivered();
    one.room.send("later");
    await delivered();
    expect(bus.published.map(({ messages }) => messages)).toEqual([100, 1]);
  });

  it("publishes a long turn in parts", async () => {
    const { bus, one, other } = await pair();
    for (let i = 0; i < 5; i += 1) one.room.send("x".repeat(40_000));
    await delivered();
    expect(bus.published.map(({ messages }) => messages)).toEqual([2, 2, 1]);
    expect(other.transport.sent).toHaveLength(5);
  });

  it("publishes a turn of many small messages in parts", async () => {
    const { bus, one, other } = await pair();
    for (let i = 0; i < 3000; i += 1) one.room.send("");
    await delivered();
    expect(bus.published.map(({ messages }) => messages)).toEqual([1024, 1024, 952]);
    expect(other.transport.sent).toHaveLength(3000);
  });

  it("keeps text text and bytes bytes, and is not touched by what the sender does to his buffer later", async () => {
    const { one, other } = await pair();
    const bytes = Uint8Array.of(0, 1, 255);
    one.room.send("\uFEFFgrüße \u{1F44B} \u0000");
    one.room.send("");
    one.room.send(bytes);
    one.room.send(new Uint8Array(0));
    bytes.fill(7);
    await delivered();
    expect(other.transport.sent).toEqual([
      "\uFEFFgrüße \u{1F44B} \u0000",
      "",
      Uint8Array.of(0, 1, 255),
      new Uint8Array(0),
    ]);
  });

  it.each(Object.keys(BUFFERS))("brings what a %s held at the call, though it is used again", async (kind) => {
    const { here, one, other } = await pair();
    sendReused(kind, (data) => one.room.send(data));
    sendReused(kind, (data) => void here.handle().send(data));
    await delivered();
    const numbers = [0, 1, 2, 3, 4].map((i) => new Uint8Array(4).fill(i));
    expect(other.transport.sent).toEqual([...numbers, ...numbers]);
  });

  it("leaves out the excepted one, wherever it is", async () => {
    const { here, one, other } = await pair();
    one.room.send("1", { except: { id: other.session.id } });
    await here.handle().send("2", { except: { id: one.session.id } });
    await delivered();
    expect([one.transport.sent, other.transport.sent]).toEqual([["1"], ["2"]]);
  });

  it("sends to a topic's subscribers everywhere, from subscribe to unsubscribe", async () => {
    const { one, other } = await pair();
    other.session.subscribe("news");
    one.room.send("1", { topic: "news" });
    await delivered();
    other.session.unsubscribe("news");
    one.room.send("2", { topic: "news" });
    await delivered();
    expect([one.transport.sent, other.transport.sent]).toEqual([[], ["1"]]);
  });

  it("closes a topic's sockets everywhere, and no others", async () => {
    const { here, there, one, other } = await pair();
    const [a, b] = [here.member("lobby", ["user:7"]), there.member("lobby", ["user:7"])];
    one.room.close({ topic: "user:7" }, 4003, "kicked");
    await delivered();
    expect([a, b, one, other].map(({ transport }) => transport.log)).toEqual([
      ["close 4003 kicked"],
      ["close 4003 kicked"],
      [],
      [],
    ]);
  });

  it("hears nothing of other rooms, whose names look alike", async () => {
    const { here, there } = await pair();
    const far = there.member('lobby","x');
    await here.handle('lobby"').send("no");
    await here.handle("").send("no");
    await delivered();
    expect(far.transport.sent).toEqual([]);
  });

  it("can be sent to, counted and closed by a process that has no socket in it", async () => {
    const { bus, processes } = await cluster(2);
    const [here, there] = processes;
    const members = [there.member(), there.member()];
    await here.handle().send("a");
    await here.handle().send("b");
    expect(await here.handle().count()).toBe(2);
    await here.handle().close({}, 4000, "over");
    await delivered();
    expect(members.map(({ transport }) => [transport.sent, transport.log])).toEqual([
      [["a", "b"], ["close 4000 over"]],
      [["a", "b"], ["close 4000 over"]],
    ]);
    expect(bus.subscribers(LOBBY)).toBe(0);
  });

  it("stays joined when it was counted by the last one to leave, and the next has come before the answer", async () => {
    const { bus, here, one, other } = await pair();
    const counting = one.room.count();
    one.session.closed(1000, "", true);
    const next = here.member();
    await counting;
    next.room.send("a");
    other.room.send("b");
    await delivered();
    expect([next.transport.sent, other.transport.sent]).toEqual([
      ["a", "b"],
      ["b", "a"],
    ]);
    next.session.closed(1000, "", true);
    await delivered();
    expect(bus.subscribers(LOBBY)).toBe(1);
  });

  it("counts the members of all processes", async () => {
    const { here, there, one } = await pair();
    there.member();
    expect(await one.room.count()).toBe(3);
    expect(await here.handle().count()).toBe(3);
    expect(one.room.size).toBe(1);
  });

  it("is subscribed once, exactly while it has members", async () => {
    const { bus, processes } = await cluster(1);
    const [here] = processes;
    const members = [here.member(), here.member()];
    expect(bus.subscribers(LOBBY)).toBe(1);
    members[0]!.session.closed(1000, "", true);
    expect(bus.subscribers(LOBBY)).toBe(1);
    members[1]!.session.closed(1000, "", true);
    expect(bus.subscribers(LOBBY)).toBe(0);
    here.member();
    expect(bus.subscribers(LOBBY)).toBe(1);
  });

  it("lets a close handler tell the others who has left", async () => {
    const { bus, processes } = await cluster(2);
    const [here, there] = processes;
    const other = there.member();
    const leaving = here.member();
    leaving.session.closed(1000, "", true);
    leaving.room.send("left");
    await delivered();
    expect(other.transport.sent).toEqual(["left"]);
    expect(bus.subscribers(LOBBY)).toBe(1);
  });

  it("is that of a definition that replaced another: the earlier one's members hear others no more, and part nobody", async () => {
    const { bus, processes } = await cluster(2);
    const [here, there] = processes;
    const early = here.member();
    const anew = here.member("lobby", [], defineSocket({ name: "chat" }));
    await there.handle().send("one");
    await delivered();
    early.session.closed(1000, "", true);
    await there.handle().send("two");
    await delivered();
    expect([early.transport.sent, anew.transport.sent]).toEqual([[], ["one", "two"]]);
    anew.session.closed(1000, "", true);
    await delivered();
    expect(bus.subscribers(LOBBY)).toBe(0);
  });

  it("joins the rooms that were there before the broker", async () => {
    vi.resetModules();
    const { liveRoom } = await import("../../src/core/rooms/registry.ts");
    const early = session({}, { room: liveRoom(chat, "lobby") as never });
    const { joinBroker } = await import("../../src/core/rooms/cluster/cluster.ts");
    const bus = new Bus();
    joinBroker(bus.connect)(() => {});
    const there = await processOn(bus);
    await there.handle().send("hello");
    await delivered();
    expect(early.transport.sent).toEqual(["hello"]);
  });
});

describe("batches", () => {
  it("that come twice are delivered once", async () => {
    const { bus, one, other, there } = await pair();
    bus.faults.push(2, 3);
    one.room.send("a");
    await delivered();
    one.room.send("b");
    await delivered();
    expect(other.transport.sent).toEqual(["a", "b"]);
    expect(there.events.filter(({ type }) => type !== "broker")).toEqual([]);
  });

  it("that come late are dropped, so that the order holds", async () => {
    const { bus, one, other } = await pair();
    one.room.send("a");
    await delivered();
    one.room.send("b");
    await delivered();
    bus.inject(LOBBY, bus.published[0]!.bytes);
    expect(other.transport.sent).toEqual(["a", "b"]);
  });

  it("that are lost are told of by the next that comes, with how many messages were in them", async () => {
    const { bus, one, other, there } = await pair();
    bus.faults.push(1, 0);
    one.room.send("a");
    await delivered();
    one.room.send("b");
    one.room.send("c");
    await delivered();
    one.room.send("d");
    await delivered();
    expect(other.transport.sent).toEqual(["a", "d"]);
    expect(there.events.slice(1)).toEqual([
      { type: "broker", definition: "chat", state: "missed", room: "lobby", messages: 2 },
    ]);
  });

  it("from before a process had members in the room are not missed by it", async () => {
    const { processes } = await cluster(2);
    const [here, there] = processes;
    const one = here.member();
    one.room.send("early");
    await delivered();
    const other = there.member();
    one.room.send("late");
    await delivered();
    expect(other.transport.sent).toEqual(["late"]);
    expect(there.events.slice(1)).toEqual([]);
  });

  it("are numbered anew when a process comes back to a room, and nothing is missed", async () => {
    const { here, there, one, other } = await pair();
    one.room.send("a");
    await delivered();
    one.session.closed(1000, "", true);
    here.member().room.send("b");
    await delivered();
    expect(other.transport.sent).toEqual(["a", "b"]);
    expect(there.events.slice(1)).toEqual([]);
  });

  it.each([
    ["bytes that are none", Uint8Array.of(1, 2, 3)],
    ["a head that is no JSON", Uint8Array.of(0, 0, 0, 1, 33)],
    ["one that was cut", encodeBatch({ from: "p", epoch: 1, offset: 0 }, [pack({ act: "hello" })]).slice(0, -1)],
    [
      "a close that no Close may carry",
      encodeBatch({ from: "p", epoch: 1, offset: 0 }, [pack({ act: { code: 1, reason: "" } })]),
    ],
    [
      "a close without a code",
      encodeBatch({ from: "p", epoch: 1, offset: 0 }, [pack({ act: { code: 1005, reason: "" } })]),
    ],
  ])("that can't be read are told of, and harm nobody: %s", async (_, bytes) => {
    const { bus, other, there } = await pair();
    bus.inject(LOBBY, bytes);
    expect(other.transport.sent).toEqual([]);
    expect(there.events.at(-1)).toEqual({
      type: "broker",
      definition: "chat",
      state: "unreadable",
      room: "lobby",
      error: expect.any(Error),
    });
  });
});

describe("the broker of a process", () => {
  it("is one for all of its hosts, who are all told of it, and ends with the last of them", async () => {
    const { bus, processes } = await cluster(1);
    const [{ joinBroker, leave, events, member }] = processes;
    const second: SocketEvent[] = [];
    const leaveSecond = joinBroker(bus.connect)((event) => void second.push(event));
    member();
    bus.inject(LOBBY, new Uint8Array(1));
    expect(second).toEqual(events.slice(1));
    await leave();
    expect(bus.closed).toBe(0);
    await Promise.all([leaveSecond(), leaveSecond()]);
    await leaveSecond();
    expect(bus.closed).toBe(1);
  });

  it("tells the host from the start", async () => {
    const { processes } = await cluster(1);
    expect(processes[0].events).toEqual([{ type: "broker", definition: "", state: "connected" }]);
  });

  it("is not replaced by another one", async () => {
    const { processes } = await cluster(1);
    expect(() => processes[0].joinBroker(new Bus().connect)(() => {})).toThrow(TypeError);
  });

  it("can be followed by another one", async () => {
    const { processes } = await cluster(1);
    const [{ joinBroker, leave, member }] = processes;
    await leave();
    const bus = new Bus();
    joinBroker(bus.connect)(() => {});
    member();
    expect(bus.subscribers(LOBBY)).toBe(1);
  });

  it("gets what was sent last before it ends", async () => {
    const { bus, here, one, other } = await pair();
    one.room.send("bye");
    await here.leave();
    await delivered();
    expect(bus.published).toHaveLength(1);
    expect(other.transport.sent).toEqual(["bye"]);
  });

  it("is not there for a room without one: it counts what is here", async () => {
    vi.resetModules();
    const { liveRoom, rooms } = await import("../../src/core/rooms/registry.ts");
    const { room } = session({}, { room: liveRoom(chat, "lobby") as never });
    expect(await room.count()).toBe(1);
    expect(await rooms(chat).get("lobby").count()).toBe(1);
    expect(await rooms(chat).get("nobody").count()).toBe(0);
  });
});
