import { describe, expect, it } from "vitest";
import { defineSocket, type SocketDefinition } from "../../../src/core/contract/definition.ts";
import type { Limits } from "../../../src/core/contract/limits.ts";
import type { History } from "../../../src/core/history/rules.ts";
import { liveRoom, rooms } from "../../../src/core/rooms/registry.ts";
import { type } from "../../../src/core/rpc/schema.ts";
import type { Resumed, ResumePosition } from "../../../src/core/rpc/wire.ts";
import { HandClock, settled } from "../../helpers/core/core.ts";
import { ERRORS, talking } from "../rpc/talking.ts";

let names = 0;

/** A definition whose rooms remember, and how sockets come and go in its room. */
function remembering(history: History = {}, limits: Partial<Limits> = {}) {
  names += 1;
  const definition = defineSocket({
    name: `remembering ${names}`,
    history,
    limits,
    notifications: { said: type<number>() },
  });
  const known = definition as unknown as SocketDefinition;
  const clock = new HandClock();
  const enter = (topics: readonly string[] = [], room = "lobby") => {
    const member = talking(known, { clock, room: liveRoom(known, room), snapshot: { topics } });
    const [place] = member.sent() as unknown as readonly [{ method: string; params: ResumePosition }];
    const leave = () => member.session.closed(1006, "", false);
    const say = (what: unknown) =>
      (member.session.room as { notify(name: string, what: unknown): void }).notify("said", what);
    return { ...member, place: place.params, method: place.method, leave, say };
  };
  const handleOf = (room: string) => rooms(definition).get(room);
  return { enter, clock, handle: handleOf("lobby"), handleOf };
}

/** What somebody has heard, by its number. */
function heard(sent: readonly unknown[]): unknown[] {
  return (sent as { method?: string; params: unknown[] }[])
    .filter(({ method }) => method === "said")
    .map(({ params }) => params[0]);
}

/** Comes back to where another was. */
async function resume(member: ReturnType<ReturnType<typeof remembering>["enter"]>, then: object): Promise<Resumed> {
  return (await member.call("rpc.resume", then))?.result as Resumed;
}

describe("a socket of a room with a history", () => {
  it("is told first of all where the room is, and with each notification where that is", () => {
    const { enter } = remembering();
    const ann = enter();
    expect(ann.method).toBe("rpc.at");
    expect(ann.place).toEqual({ epoch: expect.any(String), offset: 0, socket: ann.session.id });
    ann.say(7);
    expect(ann.sent()[1]).toEqual({
      jsonrpc: "2.0",
      method: "said",
      params: [7],
      "rpc.at": [ann.place.epoch, 1],
    });
    expect(enter().place).toMatchObject({ epoch: ann.place.epoch, offset: 1 });
  });

  it("gets what it missed when it comes back, though nobody was there meanwhile", async () => {
    const { enter, handle } = remembering();
    const ann = enter();
    ann.say(1);
    ann.leave();
    await handle.notify("said", 2);
    await handle.notify("said", 3);
    const again = enter();
    const resumed = await resume(again, { ...ann.place, offset: 1 });
    expect(resumed).toMatchObject({ recovered: true, at: [ann.place.epoch, 3] });
    expect(heard(resumed.missed)).toEqual([2, 3]);
  });

  it("hears what is said between opening and resuming once, by where that is", async () => {
    const { enter } = remembering();
    const ann = enter();
    const bob = enter();
    ann.leave();
    bob.say(1);
    const again = enter();
    bob.say(2);
    const resumed = await resume(again, ann.place);
    bob.say(3);
    await settled();
    expect(heard(resumed.missed)).toEqual([1, 2]);
    expect(resumed.at).toEqual([ann.place.epoch, 2]);
    // 2 came by itself too, before the answer: at or before `at`, a client leaves it out.
    expect(heard(again.sent())).toEqual([2, 3]);
  });

  it("does not get back what it was left out of, by its last id, nor topics that it is not subscribed to", async () => {
    const { enter, handle } = remembering();
    const ann = enter();
    ann.leave();
    await handle.notify("said", 1, { except: ann.session });
    await handle.notify("said", 2, { topic: "news" });
    await handle.notify("said", 3, { topic: "sports" });
    expect(heard((await resume(enter(["news"]), ann.place)).missed)).toEqual([2]);
  });

  it.each([
    ["the future", { offset: 99 }],
    ["another epoch", { epoch: "another" }],
    ["nowhere", { epoch: "" }],
    ["beyond what counts", { offset: Number.MAX_SAFE_INTEGER }],
  ])("that was at %s has recovered nothing", async (_, odd) => {
    const { enter, handle } = remembering();
    const { place } = enter();
    await handle.notify("said", 1);
    expect(await resume(enter(), { ...place, ...odd })).toEqual({ recovered: false, at: [place.epoch, 1], missed: [] });
  });

  it.each([
    [0, [3, 4, 5, 6, 7]],
    [1, [3, 4, 5, 6, 7]],
    [2, [3, 4, 5, 6, 7]],
    [3, [4, 5, 6, 7]],
    [7, []],
  ])("that comes for the first time, and asks from %d on, gets as much of it as is known", async (offset, expected) => {
    const { enter } = remembering({ messages: 5 });
    const ann = enter();
    for (let n = 1; n <= 7; n++) ann.say(n);
    const bob = enter();
    const resumed = await resume(bob, { ...bob.place, offset });
    expect(resumed).toMatchObject({ recovered: true, at: [bob.place.epoch, 7] });
    expect(heard(resumed.missed)).toEqual(expected);
    // Who comes back is not told a part.
    const cat = enter();
    expect(await resume(cat, { ...ann.place, offset: 1 })).toMatchObject({ recovered: false, missed: [] });
  });

  it("that comes for the first time gets nothing of what is too old, nor of another history", async () => {
    const { enter, clock } = remembering({ ms: 1000 });
    const ann = enter();
    ann.say(1);
    clock.advance(1001);
    const bob = enter();
    expect(await resume(bob, { ...bob.place, offset: 0 })).toMatchObject({ recovered: true, missed: [] });
    const cat = enter();
    expect(await resume(cat, { ...cat.place, epoch: "x" })).toMatchObject({ recovered: false });
    const dan = enter();
    expect(await resume(dan, { ...dan.place, offset: 9 })).toMatchObject({ recovered: false });
  });

  it("that was in another room, or in one of another definition, has recovered nothing", async () => {
    const { enter } = remembering();
    const other = remembering().enter();
    const elsewhere = enter([], "elsewhere");
    elsewhere.say(1);
    other.say(1);
    for (const { place } of [elsewhere, other]) {
      expect(await resume(enter(), place)).toMatchObject({ recovered: false, missed: [] });
    }
  });

  it.each([
    undefined,
    [],
    {},
    { epoch: 1, offset: 0, socket: "" },
    { epoch: "", offset: -1, socket: "" },
    { epoch: "", offset: 0.5, socket: "" },
  ])("has params like %j refused", async (params) => {
    const { enter } = remembering();
    expect(await enter().call("rpc.resume", params)).toMatchObject({ error: ERRORS.params });
  });

  it("resumes once, since the answer may be large", async () => {
    const { enter } = remembering();
    const ann = enter();
    expect(await resume(ann, ann.place)).toMatchObject({ recovered: true });
    expect(await ann.call("rpc.resume", ann.place)).toMatchObject({ error: { code: 409 } });
  });

  it("can resume in a batch with other calls", async () => {
    const { enter, handle } = remembering();
    const { place } = enter();
    await handle.notify("said", 1);
    const batch = [
      { jsonrpc: "2.0", id: 1, method: "rpc.resume", params: place },
      { jsonrpc: "2.0", id: 2, method: "none" },
    ];
    expect(await enter().tell(batch)).toMatchObject([
      [{ id: 1, result: { recovered: true, missed: [{ params: [1] }] } }, { id: 2 }],
    ]);
  });
});

describe("a history of a room that nobody is in", () => {
  it("is kept for as long as what is in it", async () => {
    const { enter, clock, handle } = remembering({ ms: 1000 });
    const ann = enter();
    ann.leave();
    clock.advance(900);
    await handle.notify("said", 1);
    // Somebody else's coming and going is when it is looked for what is over.
    enter([], "elsewhere").leave();
    const again = enter();
    expect(heard((await resume(again, ann.place)).missed)).toEqual([1]);
    again.leave();
    clock.advance(1001);
    enter([], "elsewhere").leave();
    expect(await resume(enter(), again.place)).toMatchObject({ recovered: false });
    expect(enter().place.epoch).not.toBe(ann.place.epoch);
  });

  it("stays while somebody is there, however long that is", async () => {
    const { enter, clock } = remembering({ ms: 1000 });
    enter().leave();
    const ann = enter();
    clock.advance(5000);
    enter([], "elsewhere").leave();
    expect(enter().place.epoch).toBe(ann.place.epoch);
  });

  it("is looked for when somebody enters another room, and when somebody leaves one", () => {
    const { enter, clock } = remembering({ ms: 1000 });
    const elsewhere = enter([], "elsewhere");
    const first = enter();
    first.leave();
    clock.advance(1001);
    elsewhere.leave();
    const second = enter();
    expect(second.place.epoch).not.toBe(first.place.epoch);
    second.leave();
    clock.advance(1001);
    enter([], "a third");
    expect(enter().place.epoch).not.toBe(second.place.epoch);
  });

  it("is forgotten when those that were left after it take 64 Mi characters together", async () => {
    const { enter } = remembering();
    const first = enter();
    const second = enter([], "second");
    const stays = enter([], "somebody is there");
    const visit = (room: string) => {
      const ann = enter([], room);
      for (let n = 0; n < 2; n++) ann.say("x".repeat(500_000));
      ann.leave();
    };
    first.leave();
    for (let n = 0; n < 40; n++) visit(`room ${n}`);
    second.leave();
    for (let n = 40; n < 80; n++) visit(`room ${n}`);
    expect(await resume(enter(), first.place)).toMatchObject({ recovered: false });
    expect(await resume(enter([], "second"), second.place)).toMatchObject({ recovered: true });
    expect(await resume(enter([], "somebody is there"), stays.place)).toMatchObject({ recovered: true });
  });

  it("takes as much of that as was said there meanwhile", async () => {
    const { enter, handle } = remembering();
    const early = enter([], "early");
    const ann = enter();
    early.leave();
    ann.leave();
    for (let n = 0; n < 3; n++) await handle.notify("said", "x".repeat(1_000_000) as never);
    for (let n = 0; n < 67; n++) {
      const bob = enter([], `room ${n}`);
      bob.say("x".repeat(1_000_000));
      bob.leave();
    }
    expect(await resume(enter([], "early"), early.place)).toMatchObject({ recovered: false });
  });

  it("is forgotten when what is said to many such rooms afterwards takes 64 Mi characters together", async () => {
    const { enter, handleOf } = remembering();
    const first = enter([], "first");
    first.leave();
    const places = Array.from({ length: 70 }, (_, n) => {
      const visitor = enter([], `room ${n}`);
      visitor.leave();
      return visitor.place;
    });
    for (const n of places.keys()) await handleOf(`room ${n}`).notify("said", "x".repeat(1_000_000) as never);
    // Asked from outside, for whoever enters or leaves has what is too much forgotten.
    const { memory } = liveRoom(first.session.definition, "first");
    expect(memory?.missed({ id: "", topics: [] }, first.place)).toMatchObject({ texts: undefined });
    expect(await resume(enter([], "room 0"), places[0]!)).toMatchObject({ recovered: false });
    expect(await resume(enter([], "room 69"), places[69]!)).toMatchObject({ recovered: true, missed: { length: 1 } });
  });

  it("says that nothing is known of more than may wait for a socket, which would be closed for it each time that it comes back", async () => {
    const { enter } = remembering({}, { bufferedBytes: 65_536 });
    const ann = enter();
    const bob = enter();
    ann.leave();
    // 54,000 bytes.
    for (let n = 0; n < 6; n++) bob.say("€".repeat(3000));
    expect(await resume(enter(), ann.place)).toMatchObject({ recovered: true, missed: { length: 6 } });
    const slow = enter();
    slow.transport.buffered = 20_000;
    expect(await resume(slow, ann.place)).toMatchObject({ recovered: false, missed: [] });
    bob.say("€".repeat(3000));
    bob.say("€".repeat(3000));
    expect(await resume(enter(), ann.place)).toMatchObject({ recovered: false, missed: [] });
    const cat = enter();
    expect(await resume(cat, { ...cat.place, offset: 0 })).toMatchObject({ recovered: true, missed: { length: 7 } });
  });

  it("is forgotten in time, though somebody sets the clock back after it was left", async () => {
    const { enter, clock } = remembering();
    const ann = enter();
    ann.leave();
    clock.shift = -3_600_000;
    enter([], "another").leave();
    expect(await resume(enter(), ann.place)).toMatchObject({ recovered: false });
  });

  it("begins with the first who enters: what was said before, nobody has missed", async () => {
    const { enter, handle } = remembering();
    await handle.notify("said", 1);
    expect(enter().place.offset).toBe(0);
  });
});

it("has nothing of it where there is no history", async () => {
  const definition = defineSocket({ name: "forgetful", notifications: { said: type<number>() } });
  const { session, sent, call } = talking(definition);
  expect(sent()).toEqual([]);
  (session as unknown as { notify(name: string, n: number): void }).notify("said", 1);
  expect(sent()).toEqual([{ jsonrpc: "2.0", method: "said", params: [1] }]);
  expect(await call("rpc.resume", { epoch: "", offset: 0, socket: "" })).toMatchObject({ error: ERRORS.unknown });
});

it("refuses a history that is none", () => {
  expect(() => defineSocket({ name: "a", history: { message: 1 } as History })).toThrow('did you mean "messages"?');
  expect(() => defineSocket({ name: "a", history: { messages: 0 } })).toThrow(RangeError);
});
