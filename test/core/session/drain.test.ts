import { describe, expect, it } from "vitest";
import { checkDrain, drain } from "../../../src/core/session/drain.ts";
import { gate, HandClock, session, settled } from "../../helpers/core/core.ts";

describe("drain", () => {
  it("closes with 1012, spread over overMs, and tells how the sockets left", async () => {
    const clock = new HandClock();
    const all = [session({}), session({}), session({}), session({})];
    const done = drain(
      all.map(({ session: subject }) => subject),
      clock,
      checkDrain({ overMs: 100 }),
    );
    const closed = () => all.filter(({ transport }) => transport.log.includes("close 1012 ")).length;
    clock.advance(0);
    expect(closed()).toBe(1);
    clock.advance(50);
    expect(closed()).toBe(3);
    clock.advance(50);
    for (const { session: subject } of all.slice(1)) subject.closed(1012, "", true);
    all[0]!.session.closed(1006, "", false);
    expect(await done).toEqual({ sockets: 4, clean: 3, lost: 1 });
    expect(clock.timers.size).toBe(0);
  });

  it("waits for handlers that run", async () => {
    const clock = new HandClock();
    const work = gate();
    let done = false;
    const { session: subject } = session({ message: () => work.promise });
    subject.receiveMessage("x");
    const drained = drain([subject], clock, checkDrain()).then(() => {
      done = true;
    });
    clock.advance(0);
    subject.closed(1012, "", true);
    await settled();
    expect(done).toBe(false);
    work.open();
    await drained;
  });

  it("does not wait for ever for a handler that never ends", async () => {
    const { session: subject, clock } = session({ limits: { closeMs: 10 }, close: () => new Promise(() => {}) });
    const drained = drain([subject], clock, checkDrain());
    clock.advance(0);
    subject.closed(1012, "", true);
    clock.advance(10);
    expect(await drained).toMatchObject({ sockets: 1 });
  });

  it("has nothing to do for sockets that have gone, and none for none", async () => {
    const { session: subject, clock } = session({});
    subject.closed(1000, "", true);
    expect(await drain([subject], clock, checkDrain())).toMatchObject({ sockets: 1, clean: 1 });
    expect(await drain([], clock, checkDrain())).toEqual({ sockets: 0, clean: 0, lost: 0 });
    expect(clock.timers.size).toBe(0);
  });

  it("rejects a code that may not be sent, and a time that is none", async () => {
    expect(() => checkDrain({ code: 1006 })).toThrow(TypeError);
    for (const overMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => checkDrain({ overMs })).toThrow(RangeError);
    }
  });

  it("tells who is still there each time that one has left, and rejects with what that throws when all have", async () => {
    const clock = new HandClock();
    const all = [session({}), session({})].map(({ session: subject }) => subject);
    const left: number[] = [];
    let isOver = false;
    const progress = (there: ReadonlySet<unknown>) => {
      left.push(there.size);
      if (there.size === 1) throw new Error("no console");
    };
    const drained = drain(all, clock, checkDrain({ progress })).finally(() => {
      isOver = true;
    });
    drained.catch(() => {});
    clock.advance(0);
    all[1]!.closed(1012, "", true);
    await settled();
    expect([left, isOver]).toEqual([[1], false]);
    all[0]!.closed(1012, "", true);
    await expect(drained).rejects.toThrow("no console");
    expect(left).toEqual([1, 0]);
  });

  it("rejects options that there are none of", async () => {
    expect(() => checkDrain({ overMS: 5 } as never)).toThrow('did you mean "overMs"?');
    expect(() => checkDrain({ progress: 5 as never })).toThrow("progress is a function");
  });
});
