import { describe, expect, it, vi } from "vitest";
import type { SocketEvent } from "../../src/core/contract/observer.ts";
import { encodeBatch, pack } from "../../src/core/rooms/cluster/batch.ts";
import { HandClock, RecordingTransport, session, settled } from "../helpers/core/core.ts";
import { Bus } from "./memory.ts";

const LOBBY = JSON.stringify(["seen", "lobby"]);
const PULSE = JSON.stringify(["", "presence"]);

/** A client's view of the others, kept by what it was told. */
class View {
  readonly transport = new RecordingTransport();
  /** How often it was told something. */
  told = 0;
  #others: Record<string, unknown> = {};

  get others(): Record<string, unknown> {
    for (const text of this.transport.sent.splice(0)) this.#take(JSON.parse(text as string).params);
    return this.#others;
  }

  #take({ all, shown = all, gone = [] }: { all?: object; shown?: object; gone?: string[] }): void {
    this.told += 1;
    this.#others = { ...(all ? {} : this.#others), ...shown };
    for (const id of gone) delete this.#others[id];
  }
}

/** The core as a process of its own has it, with a room whose members see one another's names. */
async function processOn(bus: Bus, clock: HandClock) {
  vi.resetModules();
  const { joinBroker } = await import("../../src/core/rooms/cluster/cluster.ts");
  const { liveRoom } = await import("../../src/core/rooms/registry.ts");
  const { defineSocket } = await import("../../src/core/contract/definition.ts");
  const definition = defineSocket({
    name: "seen",
    heartbeat: false,
    upgrade: () => ({ state: { name: "" } }),
    presence: ({ name }) => name,
  }) as never;
  const events: SocketEvent[] = [];
  let tell: (event: { state: "connected" }) => void = () => {};
  let publish = true;
  const leave = joinBroker((told) => {
    tell = told;
    const broker = bus.connect(told);
    return { ...broker, publish: (...args) => publish && broker.publish(...args) };
  })((event) => void events.push(event));
  const views: (View & Pick<ReturnType<typeof session>, "session">)[] = [];
  function enter(id: string, name = id) {
    const view = new View();
    const room = liveRoom(definition, "lobby") as never;
    const snapshot = { id, state: { name }, room: "lobby" };
    const made = session({}, { room, snapshot, transport: view.transport, clock, definition });
    made.session.opened();
    const entered = Object.assign(view, { session: made.session });
    views.push(entered);
    return entered;
  }
  return {
    events,
    leave,
    views,
    enter,
    /** From here on nothing of it arrives, or does again. */
    mute: (isMute: boolean) => {
      publish = !isMute;
    },
    reconnected: () => tell({ state: "connected" }),
  };
}

async function cluster() {
  const [bus, clock] = [new Bus(), new HandClock()];
  const here = await processOn(bus, clock);
  const there = await processOn(bus, clock);
  const [ann, bob] = [here.enter("ann"), there.enter("bob")];
  await delivered();
  return { bus, clock, here, there, ann, bob };
}

/** Lets the turn end, and the bus deliver what was published in it, and what that leads to. */
async function delivered(): Promise<void> {
  for (let i = 0; i < 6; i += 1) await settled();
}

/** Lets time pass in steps, for beats to be heard between. */
async function pass(clock: HandClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    clock.advance(1000);
    await delivered();
  }
}

describe("a room that shows who is there, over several processes", () => {
  it("shows members of other processes: those that were there, those that come, change and leave", async () => {
    const { there, ann, bob } = await cluster();
    expect([ann.others, bob.others]).toEqual([{ bob: "bob" }, { ann: "ann" }]);
    const cat = there.enter("cat");
    bob.session.setState({ name: "Bob" });
    await delivered();
    expect(ann.others).toEqual({ bob: "Bob", cat: "cat" });
    expect(cat.others).toEqual({ ann: "ann", bob: "Bob" });
    bob.session.closed(1000, "", true);
    await delivered();
    expect(ann.others).toEqual({ cat: "cat" });
  });

  it("tells nobody twice, and nothing while nothing changes", async () => {
    const { clock, ann, bob } = await cluster();
    expect([ann.others, bob.others, ann.told, bob.told]).toEqual([{ bob: "bob" }, { ann: "ann" }, 2, 2]);
    await pass(clock, 60_000);
    expect([ann.others, bob.others, ann.told, bob.told]).toEqual([{ bob: "bob" }, { ann: "ann" }, 2, 2]);
  });

  it("tells of a process's last member, who leaves with the room there", async () => {
    const { ann, bob, bus } = await cluster();
    bob.session.closed(1000, "", true);
    await delivered();
    expect(ann.others).toEqual({});
    expect(bus.subscribers(LOBBY)).toBe(1);
  });

  it("tells of a crowd that leaves with its room and its process, before the process ends", async () => {
    const { clock, there, ann } = await cluster();
    const crowd = Array.from({ length: 30 }, (_, i) => there.enter(`m${i}`));
    clock.advance(10);
    await delivered();
    expect(Object.keys(ann.others)).toHaveLength(31);
    for (const { session: one } of there.views) one.closed(1001, "", true);
    await there.leave();
    await delivered();
    clock.advance(10);
    expect([ann.others, crowd[0]!.session.readyState]).toEqual([{}, 3]);
  });

  it("shows a room that was empty here what has changed elsewhere meanwhile", async () => {
    const { here, there, ann, bob } = await cluster();
    ann.session.closed(1000, "", true);
    bob.session.setState({ name: "Bob" });
    await delivered();
    const cat = there.enter("cat");
    await delivered();
    const dan = here.enter("dan");
    await delivered();
    expect([dan.others, bob.others, cat.others]).toEqual([
      { bob: "Bob", cat: "cat" },
      { cat: "cat", dan: "dan" },
      { bob: "Bob", dan: "dan" },
    ]);
  });

  it("lets the members of a process that has died go, once it has been silent for ten seconds", async () => {
    const { clock, there, ann } = await cluster();
    there.mute(true);
    await pass(clock, 9000);
    expect(ann.others).toEqual({ bob: "bob" });
    await pass(clock, 6000);
    expect(ann.others).toEqual({});
  });

  it.each([-3_600_000, 3_600_000])(
    "goes by no clock that somebody sets, by %d ms: the dead are gone, and the living stay",
    async (shift) => {
      const { bus, clock, here, there, ann } = await cluster();
      const cat = (await processOn(bus, clock)).enter("cat");
      await delivered();
      there.mute(true);
      await pass(clock, 5000);
      clock.shift = shift;
      await pass(clock, 10_000);
      expect([ann.others, cat.others]).toEqual([{ cat: "cat" }, { ann: "ann" }]);
      here.enter("dan");
      await pass(clock, 15_000);
      expect(cat.others).toEqual({ ann: "ann", dan: "dan" });
    },
  );

  it("takes nobody for dead when it was stopped itself, and has heard nobody therefore", async () => {
    const { clock, ann, bob } = await cluster();
    expect([ann.others, bob.others]).toEqual([{ bob: "bob" }, { ann: "ann" }]);
    const told = [ann.told, bob.told];
    clock.advance(60_000);
    await pass(clock, 6000);
    expect([ann.others, bob.others]).toEqual([{ bob: "bob" }, { ann: "ann" }]);
    expect([ann.told, bob.told]).toEqual(told);
  });

  it("asks a process that comes back for its members anew", async () => {
    const { clock, there, ann, bob } = await cluster();
    there.mute(true);
    await pass(clock, 15_000);
    expect(ann.others).toEqual({});
    bob.session.setState({ name: "Bob" });
    await delivered();
    there.mute(false);
    await pass(clock, 4000);
    expect([ann.others, bob.others]).toEqual([{ bob: "Bob" }, { ann: "ann" }]);
  });

  it("asks anew when something is missed, and when the broker is there again", async () => {
    const { bus, here, there, ann, bob } = await cluster();
    bus.faults.push(0);
    bob.session.setState({ name: "lost" });
    await delivered();
    expect(ann.others).toEqual({ bob: "bob" });
    there.enter("cat");
    await delivered();
    expect(ann.others).toEqual({ bob: "lost", cat: "cat" });
    bus.faults.push(0);
    bob.session.setState({ name: "Bob" });
    await delivered();
    here.reconnected();
    await delivered();
    expect(ann.others).toEqual({ bob: "Bob", cat: "cat" });
  });

  it("lets go who does not answer after an outage: that he left was lost", async () => {
    const { bus, clock, here, ann, bob } = await cluster();
    bus.faults.push(0);
    bob.session.closed(1000, "", true);
    await delivered();
    expect(ann.others).toEqual({ bob: "bob" });
    here.reconnected();
    await pass(clock, 12_000);
    expect(ann.others).toEqual({});
  });

  it("takes what comes twice once", async () => {
    const { bus, there, ann } = await cluster();
    bus.faults.push(2, 2);
    there.enter("cat");
    await delivered();
    expect([ann.others, ann.told]).toEqual([{ bob: "bob", cat: "cat" }, 3]);
  });

  it("tells of what no process of ours says, and shows nothing of it", async () => {
    const { bus, here, ann } = await cluster();
    for (const roster of ["", "[]", "{", '{"all":[]}', '{"gone":[1]}', '{"shown":null}']) {
      const before = here.events.length;
      bus.inject(LOBBY, encodeBatch({ from: `x${roster}`, epoch: 1, offset: 0 }, [pack({ act: { roster } })]));
      await delivered();
      const [event, ...more] = here.events.slice(before);
      expect([event, more]).toMatchObject([{ type: "broker", state: "unreadable", room: "lobby" }, []]);
    }
    expect(ann.others).toEqual({ bob: "bob" });
  });

  it("beats as long as somebody is there, once for all rooms", async () => {
    const { bus, clock, here, ann, bob } = await cluster();
    const beats = () => bus.published.filter(({ channel }) => channel === PULSE).length;
    const before = beats();
    await pass(clock, 30_000);
    expect(beats() - before).toBe(20);
    ann.session.closed(1000, "", true);
    bob.session.closed(1000, "", true);
    await pass(clock, 4000);
    expect(clock.timers.size).toBe(0);
    expect(bus.subscribers(PULSE)).toBe(0);
    await here.leave();
  });
});
