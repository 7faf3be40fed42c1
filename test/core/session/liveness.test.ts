import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import type { CloseEvent } from "../../../src/core/contract/socket.ts";
import { wheelOf } from "../../../src/core/session/timer-wheel.ts";
import { HandClock, RecordingTransport, session, settled } from "../../helpers/core/core.ts";

/** Moves a clock on in small steps, as time does. */
function pass(clock: HandClock, ms: number): void {
  for (let i = 0; i < ms; i++) clock.advance(1);
}

describe("a timer wheel", () => {
  it("calls every entry once in each period, spread over it, with one timer", () => {
    const clock = new HandClock();
    const visits: number[][] = [];
    for (let member = 0; member < 32; member++) {
      wheelOf(clock, 160).add({ slot: 0, tick: () => void visits.at(-1)!.push(member) });
    }
    expect(clock.timers.size).toBe(1);
    for (let i = 0; i < 16; i++) {
      visits.push([]);
      pass(clock, 10);
    }
    expect(visits.map((step) => step.length)).toEqual(Array.from({ length: 16 }, () => 2));
    expect(visits.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });

  it("leaves no timer once its last entry has gone", () => {
    const clock = new HandClock();
    const [first, second] = [
      { slot: 0, tick() {} },
      { slot: 0, tick() {} },
    ];
    const [all, again] = [wheelOf(clock, 16), wheelOf(clock, 16)];
    all.add(first);
    again.add(second);
    all.remove(first);
    all.remove(first);
    expect(clock.timers.size).toBe(1);
    all.remove(second);
    expect(clock.timers.size).toBe(0);
  });
});

describe("a timer wheel whose entries leave", () => {
  it("calls each of the others once in a period, though one ends itself, another and a third that was not called yet", () => {
    const clock = new HandClock();
    const all = wheelOf(clock, 16);
    const visits: number[] = [];
    const members = Array.from({ length: 80 }, (_, at) => ({
      slot: 0,
      tick() {
        visits.push(at);
        if (at === 16) for (const other of [16, 0, 48]) all.remove(members[other]!);
      },
    }));
    for (const member of members) all.add(member);
    pass(clock, 16);
    const others = members.map((_, at) => at).filter((at) => at !== 48);
    expect(visits.splice(0).toSorted((a, b) => a - b)).toEqual(others);
    pass(clock, 16);
    expect(visits.toSorted((a, b) => a - b)).toEqual(others.filter((at) => at !== 0 && at !== 16));
  });
});

describe("a heartbeat", () => {
  function beating(answers: (ping: number) => boolean) {
    const closes: CloseEvent[] = [];
    const made = session({
      heartbeat: { everyMs: 480, timeoutMs: 160 },
      close: (_, event) => closes.push(event),
    });
    let pings = 0;
    made.transport.onPing = () => {
      pings += 1;
      if (answers(pings)) made.session.receiveBytes();
    };
    return { ...made, closes, pings: () => pings };
  }

  it("pings once in every everyMs, and keeps a peer that answers", () => {
    const { clock, pings, closes } = beating(() => true);
    pass(clock, 480 * 10);
    expect(pings()).toBe(10);
    expect(closes).toEqual([]);
  });

  it("ends a peer that did not answer within timeoutMs, as lost, and says so", () => {
    const { clock, pings, closes, transport, events } = beating((ping) => ping < 3);
    pass(clock, 480 * 3 + 159);
    expect([pings(), closes]).toEqual([3, []]);
    pass(clock, 11);
    expect(closes).toEqual([{ code: 1006, reason: "PING_TIMEOUT", wasClean: false }]);
    expect(transport.log).toEqual(["terminate"]);
    expect(events).toMatchObject([{ type: "failed", code: "PING_TIMEOUT" }]);
    expect(clock.timers.size).toBe(0);
  });

  it("takes any message for an answer", () => {
    const { clock, closes, session: subject, transport } = beating(() => false);
    const ping = transport.onPing;
    transport.onPing = () => {
      ping?.();
      subject.receiveMessage("I live");
    };
    pass(clock, 480 * 4);
    expect(closes).toEqual([]);
  });

  it("stops with its socket", () => {
    const { clock, pings, session: subject } = beating(() => true);
    subject.closed(1000, "", true);
    pass(clock, 960);
    expect([pings(), clock.timers.size]).toEqual([0, 0]);
  });

  it("is on by default, every 30 s with 10 s to answer, where the runtime leaves pings to us", () => {
    const made = session({});
    let pings = 0;
    made.transport.onPing = () => {
      pings += 1;
      made.session.receiveBytes();
    };
    pass(made.clock, 61_000);
    expect(pings).toBe(2);
    made.transport.onPing = undefined;
    pass(made.clock, 41_000);
    expect(made.transport.log).toEqual(["terminate"]);
  });

  it.each([
    ["is off when the definition says so", { heartbeat: false }, false, 0],
    ["is left to a runtime that pings by itself", {}, true, 0],
    ["is ours there too when it was asked for", { heartbeat: true }, true, 1],
  ] as const)("%s", (_, options, pingsItself, expected) => {
    const transport = Object.assign(new RecordingTransport(), { pingsItself });
    let pings = 0;
    transport.onPing = () => pings++;
    const { clock } = session(options, { transport });
    pass(clock, 31_000);
    expect(pings).toBe(expected);
  });

  it("leaves a socket alone that has just opened, and never pings later than everyMs", () => {
    const made = session({ heartbeat: { everyMs: 2500, timeoutMs: 1000 } });
    const at: number[] = [];
    made.transport.onPing = () => {
      at.push(made.clock.now());
      made.session.receiveBytes();
    };
    pass(made.clock, 10_000);
    expect(at[0]).toBeGreaterThanOrEqual(1000);
    const gaps = at.map((time, i) => time - (at[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2500);
  });

  it("counts no silence while nothing is read, since a hook is slow", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const {
      session: subject,
      clock,
      transport,
    } = session({
      heartbeat: { everyMs: 480, timeoutMs: 160 },
      limits: { queuedMessages: 4 },
      message: () => work,
    });
    for (let i = 0; i < 5; i++) subject.receiveMessage("x");
    pass(clock, 480 * 10);
    expect(transport.log).toEqual(["pause"]);
    finish();
    await settled();
    expect(transport.log).toEqual(["pause", "resume"]);
    pass(clock, 480 + 160 + 11);
    expect(transport.log.at(-1)).toBe("terminate");
  });

  it("reads what arrived while the process was busy before it believes in silence", () => {
    const { session: subject, clock, transport, closes } = beating(() => false);
    transport.onPing = undefined;
    pass(clock, 480 + 150);
    // As long as something else runs, no timer does.
    clock.advance(5000);
    subject.receiveBytes();
    pass(clock, 100);
    expect(closes).toEqual([]);
  });

  it("keeps a peer that takes what it was sent before the ping, and no longer", () => {
    const { clock, transport, closes } = beating(() => false);
    transport.buffered = 1_000_000;
    for (let i = 0; i < 480 * 5; i++) {
      pass(clock, 1);
      transport.buffered -= 100;
    }
    expect(closes).toEqual([]);
    pass(clock, 480 + 160 + 11);
    expect(closes).toMatchObject([{ code: 1006, reason: "PING_TIMEOUT" }]);
  });

  it.each([{ everyMs: 10, timeoutMs: 20 }, { everyMs: 0 }, { timeoutMs: -1 }, { everyMs: Number.NaN }])(
    "throws a RangeError for %j",
    (heartbeat) => {
      expect(() => defineSocket({ name: "x", heartbeat })).toThrow(RangeError);
    },
  );
});

describe("limits.idleMs", () => {
  it("closes a socket that has sent nothing for so long, and no other", () => {
    const idle = session({ limits: { idleMs: 640 } });
    pass(idle.clock, 640);
    expect(idle.transport.log).toEqual([]);
    pass(idle.clock, 170);
    expect(idle.transport.log).toEqual(["close 1001 idle"]);
    const busy = session({ limits: { idleMs: 640 } });
    for (let i = 0; i < 10; i++) {
      busy.session.receiveMessage("x");
      pass(busy.clock, 400);
    }
    expect(busy.transport.log).toEqual([]);
  });

  it("is not counted while a hook runs, for it is the client that waits", async () => {
    const { promise: work, resolve: finish } = Promise.withResolvers<void>();
    const { session: subject, clock, transport } = session({ limits: { idleMs: 640 }, message: () => work });
    subject.receiveMessage("x");
    pass(clock, 6400);
    expect(transport.log).toEqual([]);
    finish();
    await settled();
    pass(clock, 640);
    expect(transport.log).toEqual([]);
    pass(clock, 170);
    expect(transport.log).toEqual(["close 1001 idle"]);
  });

  it("is over only when what arrived meanwhile has been read", () => {
    const { session: subject, clock, transport } = session({ limits: { idleMs: 640 } });
    pass(clock, 640 + 150);
    clock.advance(5000);
    subject.receiveMessage("x");
    pass(clock, 640);
    expect(transport.log).toEqual([]);
  });
});
