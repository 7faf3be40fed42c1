import { describe, expect, it } from "vitest";
import { heartbeatTimes, patienceMs } from "../../../src/core/contract/heartbeat.ts";

describe("a heartbeat's options", () => {
  it("are off by default, and have defaults when they are on", () => {
    expect(heartbeatTimes(undefined)).toBe(undefined);
    expect(heartbeatTimes(false)).toBe(undefined);
    const defaults = { everyMs: 30_000, timeoutMs: 10_000, expectPing: false, sweepMs: Infinity };
    expect(heartbeatTimes(true)).toEqual(defaults);
    expect(heartbeatTimes({})).toEqual(defaults);
  });

  it("allow no more time for an answer than there is between two pings", () => {
    expect(heartbeatTimes({ everyMs: 500 })).toMatchObject({ everyMs: 500, timeoutMs: 500 });
  });

  it.each([{ everyMs: 0 }, { timeoutMs: 0 }, { everyMs: 1000, timeoutMs: 1001 }, { everyMs: 2 ** 31 }])(
    "are refused when they make no sense: %o",
    (times) => expect(() => heartbeatTimes(times)).toThrow(RangeError),
  );

  it.each([0, 10_000, Number.NaN])("are refused when alarms (%d ms) would let no object hibernate", (sweepMs) => {
    expect(() => heartbeatTimes({ sweepMs })).toThrow("hibernate");
  });

  it("take one missing ping of a page whose timers run once a minute", () => {
    expect(patienceMs(heartbeatTimes(true)!)).toBe(70_000);
  });
});
