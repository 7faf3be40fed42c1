import { describe, expect, it } from "vitest";
import { timeOf } from "../../../src/core/session/snapshot.ts";
import { HibernatingTransport, session } from "../../helpers/core/core.ts";

const EXPIRED = "close 3000 expired";

describe("a socket whose decision has an end", () => {
  it("is closed with 3000 then, and not before", () => {
    const { transport, clock } = session({}, { snapshot: { until: 1_000 } });
    clock.advance(999);
    expect(transport.log).toEqual([]);
    clock.advance(1);
    expect(transport.log).toEqual([EXPIRED]);
  });

  it("is closed in a month, though no timer is that long", () => {
    const month = 31 * 24 * 3_600_000;
    const { transport, clock } = session({}, { snapshot: { until: month } });
    for (const { at } of clock.timers.values()) expect(at).toBeLessThan(2 ** 31);
    clock.advance(2 ** 31 - 1);
    expect(transport.log).toEqual([]);
    clock.advance(month - (2 ** 31 - 1));
    expect(transport.log).toEqual([EXPIRED]);
  });

  it("takes no message that comes after it, by a timer or not", () => {
    const heard: unknown[] = [];
    const transport = new HibernatingTransport();
    const { session: subject, clock } = session(
      { message: (_, data) => heard.push(data) },
      { snapshot: { until: 1_000 }, transport },
    );
    subject.opened();
    subject.receiveMessage("in time");
    expect(clock.timers.size).toBe(0);
    clock.advance(1_000);
    subject.receiveMessage("late");
    expect(heard).toEqual(["in time"]);
    expect(transport.log).toContain(EXPIRED);
  });

  it("leaves no timer when it has gone before", () => {
    const { session: subject, clock } = session({}, { snapshot: { until: 1_000 } });
    subject.opened();
    subject.closed(1000, "", true);
    expect([...clock.timers.values()].filter(({ at }) => at === 1_000)).toEqual([]);
  });

  it("ends by a Date or a number, and by nothing else", () => {
    expect(timeOf(new Date(5))).toBe(5);
    expect(timeOf(5)).toBe(5);
    for (const none of [Number.NaN, Infinity, new Date("x"), "5", null, {}])
      expect(() => timeOf(none as never)).toThrow(RangeError);
  });
});
