import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import type { CloseEvent } from "../../../src/core/contract/socket.ts";
import { rounds } from "../../../src/core/session/rounds.ts";
import { HandClock, session } from "../helpers/helpers.ts";

/** Moves a clock on in small steps, as time does. */
function pass(clock: HandClock, ms: number): void {
  for (let i = 0; i < ms; i++) clock.advance(1);
}

describe("rounds", () => {
  it("visit every member once in each period, spread over it, with one timer", () => {
    const clock = new HandClock();
    const visits: number[][] = [];
    for (let member = 0; member < 32; member++) rounds(clock, 160, () => visits.at(-1)!.push(member));
    expect(clock.timers.size).toBe(1);
    for (let i = 0; i < 16; i++) {
      visits.push([]);
      pass(clock, 10);
    }
    expect(visits.map((step) => step.length)).toEqual(Array.from({ length: 16 }, () => 2));
    expect(visits.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });

  it("leave no timer once their last member has gone", () => {
    const clock = new HandClock();
    const [first, second] = [rounds(clock, 16, () => {}), rounds(clock, 16, () => {})];
    first();
    first();
    expect(clock.timers.size).toBe(1);
    second();
    expect(clock.timers.size).toBe(0);
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
      if (answers(pings)) made.session.heard();
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
    pass(clock, 160 + 480 * 2 + 159);
    expect([pings(), closes]).toEqual([3, []]);
    pass(clock, 1);
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
      subject.receive("I live");
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
    pass(idle.clock, 160);
    expect(idle.transport.log).toEqual(["close 1001 idle"]);
    const busy = session({ limits: { idleMs: 640 } });
    for (let i = 0; i < 10; i++) {
      busy.session.receive("x");
      pass(busy.clock, 400);
    }
    expect(busy.transport.log).toEqual([]);
  });
});
