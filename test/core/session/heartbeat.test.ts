import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import {
  type Heartbeat,
  type HeartbeatRules,
  heartbeatRules,
  silenceMs,
} from "../../../src/core/contract/heartbeat.ts";

function rules(option: true | Heartbeat): HeartbeatRules {
  const made = heartbeatRules(option);
  if (!made) throw new Error("it is off");
  return made;
}

describe("a heartbeat's options", () => {
  const defaults = { everyMs: 30_000, timeoutMs: 10_000, text: undefined, expectPing: false, sweepMs: Infinity };

  it("are on by default, off only by false, and know whether they were asked for", () => {
    expect(heartbeatRules(undefined)).toEqual({ ...defaults, asked: false });
    expect(heartbeatRules(false)).toBe(false);
    for (const option of [true, {}]) expect(heartbeatRules(option)).toEqual({ ...defaults, asked: true });
    expect(defineSocket({ name: "x" }).heartbeat).toMatchObject({ asked: false });
    expect(defineSocket({ name: "x", heartbeat: false }).heartbeat).toBe(false);
  });

  it("stay as they are when a definition is taken for another's options", () => {
    for (const heartbeat of [undefined, true, false, { everyMs: 500, text: { ping: "?", pong: "!" } }]) {
      const first = defineSocket({ name: "x", heartbeat });
      expect(defineSocket({ ...first, name: "y" }).heartbeat).toEqual(first.heartbeat);
    }
  });

  it("allow no more time for an answer than there is between two pings", () => {
    expect(heartbeatRules({ everyMs: 500 })).toMatchObject({ everyMs: 500, timeoutMs: 500 });
  });

  it.each([{ everyMs: 0 }, { timeoutMs: 0 }, { everyMs: 1000, timeoutMs: 1001 }, { everyMs: 2 ** 31 }])(
    "are refused when they make no sense: %o",
    (times) => expect(() => heartbeatRules(times)).toThrow(RangeError),
  );

  it.each([0, 10_000, Number.NaN])("are refused when alarms (%d ms) would let no object hibernate", (sweepMs) => {
    expect(() => heartbeatRules({ sweepMs })).toThrow("hibernate");
  });

  it("take one missing ping of a page whose timers run once a minute", () => {
    expect(silenceMs(rules(true))).toBe(70_000);
  });

  it("take a text only if it is asked for, whole and not too long", () => {
    expect(rules(true).text).toBe(undefined);
    const text = { ping: "?", pong: "!".repeat(2048) };
    expect(rules({ text }).text).toEqual(text);
    for (const bad of ["", "x".repeat(2049), "é".repeat(1025)]) {
      expect(() => heartbeatRules({ text: { ping: bad, pong: "pong" } })).toThrow(RangeError);
      expect(() => heartbeatRules({ text: { ping: "ping", pong: bad } })).toThrow(RangeError);
    }
    for (const bad of [{}, { ping: "ping" }, { ping: 1, pong: "pong" }]) {
      expect(() => heartbeatRules({ text: bad } as Heartbeat)).toThrow(TypeError);
    }
  });
});
