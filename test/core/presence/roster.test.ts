import { describe, expect, it, vi } from "vitest";
import { defineSocket, type SocketOptions } from "../../../src/core/contract/definition.ts";
import { LiveRoom } from "../../../src/core/rooms/room.ts";
import { HandClock, RecordingTransport, session, settled } from "../../helpers/core/core.ts";

type Shown = { readonly name: string };

interface Word {
  readonly all?: Record<string, Shown>;
  readonly shown?: Record<string, Shown>;
  readonly gone?: string[];
}

/** What a socket was told of the others since this was last asked. */
function heard({ sent }: RecordingTransport): Word[] {
  const words = sent.splice(0).map((text) => JSON.parse(text as string));
  for (const { method } of words) expect(method).toBe("rpc.others");
  return words.map(({ params }) => params);
}

/** A room whose members see one another's names. */
function gathering(presence: SocketOptions["presence"] = (state) => ({ name: (state as Shown).name })) {
  const definition = defineSocket({ name: "seen", presence, heartbeat: false, limits: { stateBytes: 100 } });
  const clock = new HandClock();
  const room = new LiveRoom("lobby", { definition: definition as never });
  const enter = (id: string, state: unknown = { name: id }, opened = true) => {
    const transport = new RecordingTransport();
    const made = session({}, { room, snapshot: { id, state }, transport, clock, definition: definition as never });
    if (opened) made.session.opened();
    return { ...made, transport, heard: () => heard(transport) };
  };
  return { enter, clock, room };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);

describe("a room that shows who is there", () => {
  it("tells who comes all others at once, and the others of him, never anybody of himself", async () => {
    const { enter } = gathering();
    const ann = enter("ann");
    expect(ann.heard()).toEqual([{ all: {} }]);
    await settled();
    expect(ann.heard()).toEqual([]);
    const bob = enter("bob");
    expect(bob.heard()).toEqual([{ all: { ann: { name: "ann" } } }]);
    await settled();
    expect(ann.heard()).toEqual([{ shown: { bob: { name: "bob" } }, gone: [] }]);
    expect(bob.heard()).toEqual([]);
  });

  it("tells of changes and of who has left", async () => {
    const { enter } = gathering();
    const [ann, bob] = [enter("ann"), enter("bob")];
    await settled();
    for (const one of [ann, bob]) one.heard();
    bob.session.setState({ name: "Robert" });
    await settled();
    expect(ann.heard()).toEqual([{ shown: { bob: { name: "Robert" } }, gone: [] }]);
    bob.session.closed(1000, "", true);
    await settled();
    expect(ann.heard()).toEqual([{ shown: {}, gone: ["bob"] }]);
    expect(bob.heard()).toEqual([]);
  });

  it("tells nobody of a change that leaves what is shown as it was, nor of who has come and gone, nor of what was taken back", async () => {
    const { enter } = gathering();
    const [ann, bob] = [enter("ann"), enter("bob")];
    await settled();
    ann.heard();
    bob.session.setState({ name: "bob", secret: 1 });
    enter("cat").session.closed(1000, "", true);
    await settled();
    bob.session.setState({ name: "b" });
    bob.session.setState({ name: "bob" });
    await settled();
    expect(ann.heard()).toEqual([]);
  });

  it("tells what changes while somebody comes exactly once, in step", async () => {
    const { enter } = gathering();
    const ann = enter("ann");
    await settled();
    ann.session.setState({ name: "Ann" });
    const bob = enter("bob");
    await settled();
    // He was told what all had been told by then, and then what changed.
    expect(bob.heard()).toEqual([{ all: { ann: { name: "ann" } } }, { shown: { ann: { name: "Ann" } }, gone: [] }]);
  });

  it("gathers the changes of many for as long as their messages may take, and costs nothing while nothing changes", async () => {
    const { enter, clock } = gathering();
    const all = many(500).map((id) => enter(id));
    await settled();
    clock.advance(1000);
    await settled();
    const words = all.map((one) => one.heard());
    // The list, and what came after it: not one for each who came.
    expect(Math.max(...words.map(({ length }) => length))).toBeLessThanOrEqual(4);
    for (const [index, told] of words.entries()) {
      const seen = new Set(told.flatMap(({ all: list, shown }) => Object.keys({ ...list, ...shown })));
      expect(seen.size).toBe(499);
      expect(seen.has(`m${index}`)).toBe(false);
    }
    expect(clock.timers.size).toBe(0);
    all[0]!.session.setState({ name: "x" });
    clock.advance(49);
    expect(all[1]!.heard()).toEqual([]);
    clock.advance(1);
    expect(all[1]!.heard()).toEqual([{ shown: { m0: { name: "x" } }, gone: [] }]);
  });

  it("tells by another's timers when he leaves by whose they were to be told", async () => {
    const { enter, clock } = gathering();
    const all = many(20).map((id) => enter(id));
    clock.advance(2);
    await settled();
    for (const one of all) one.heard();
    const mine = vi.spyOn(all[0]!.session.platform, "after");
    all[5]!.session.setState({ name: "x" });
    expect(mine).toHaveBeenCalledTimes(1);
    all[0]!.session.closed(1006, "", false);
    expect(clock.timers.size).toBe(1);
    clock.advance(2);
    expect(all[1]!.heard()).toEqual([{ shown: { m5: { name: "x" } }, gone: ["m0"] }]);
  });

  it("tells within that time, whoever goes on changing or leaving meanwhile", async () => {
    const { enter, clock } = gathering();
    const all = many(500).map((id) => enter(id));
    await settled();
    clock.advance(1000);
    const last = all.at(-1)!;
    last.heard();
    for (let ms = 0; ms < 60; ms += 1) {
      for (const one of all.slice(0, 2)) one.session.setState({ name: `${ms}` });
      clock.advance(1);
    }
    expect(last.heard()).toHaveLength(1);
    // Each of them is the one that has been there the longest.
    for (const one of all.slice(0, 60)) {
      one.session.closed(1000, "", true);
      clock.advance(1);
    }
    expect(last.heard().flatMap(({ gone }) => gone)).not.toHaveLength(0);
    clock.shift = -3_600_000;
    all[60]!.session.closed(1000, "", true);
    all[61]!.session.closed(1000, "", true);
    clock.advance(50);
    expect(last.heard().flatMap(({ gone }) => gone)).toContain("m61");
  });

  it("tells those that slept nothing that they had been told, and of what changes then", async () => {
    const { enter } = gathering();
    const [ann, bob] = [enter("ann", undefined, false), enter("bob", { name: "bob" }, false)];
    await settled();
    expect([...ann.heard(), ...bob.heard()]).toEqual([]);
    bob.session.setState({ name: "Bob" });
    const cat = enter("cat");
    await settled();
    expect(ann.heard()).toEqual([{ shown: { bob: { name: "Bob" }, cat: { name: "cat" } }, gone: [] }]);
    expect(cat.heard()[0]!.all).toMatchObject({ bob: { name: "bob" } });
  });

  it("shows nothing of a socket where presence gives undefined, and as soon as it gives something", async () => {
    const { enter } = gathering((state) => ((state as Shown).name === "spy" ? undefined : state));
    const ann = enter("ann");
    const spy = enter("spy");
    await settled();
    expect(ann.heard()).toEqual([{ all: {} }]);
    spy.session.setState({ name: "joe" });
    await settled();
    expect(ann.heard()).toEqual([{ shown: { spy: { name: "joe" } }, gone: [] }]);
    spy.session.setState({ name: "spy" });
    await settled();
    expect(ann.heard()).toEqual([{ shown: {}, gone: ["spy"] }]);
  });

  it.each([
    ["throws", () => ({ name: missing(undefined).name }), /Cannot read properties/],
    ["gives what is no JSON", () => ({ at: new Date(0) }), /presence\.at is not plain JSON data/],
    ["gives a promise, even one that rejects", () => Promise.reject(new Error("late")), /presence is not plain JSON/],
    ["gives more than limits.stateBytes", () => "x".repeat(101), /presence is 103 bytes as JSON/],
  ])("tells the console where presence %s, and shows nothing of that socket", async (_, fault, words) => {
    const { enter } = gathering((state) => ((state as Shown).name === "bad" ? fault() : state) as never);
    const ann = enter("ann");
    const bad = enter("bad");
    await settled();
    expect(ann.heard()).toEqual([{ all: {} }]);
    expect(String((bad.events as { error?: unknown }[]).find(({ error }) => error)?.error)).toMatch(words);
    expect(bad.session.readyState).toBe(1);
  });

  it("takes a function alone", () => {
    expect(() => defineSocket({ name: "x", presence: true as never })).toThrow(
      "presence is a function of the state: presence: ({ name }) => ({ name })",
    );
  });
});

function missing(value: unknown): Shown {
  return value as Shown;
}
