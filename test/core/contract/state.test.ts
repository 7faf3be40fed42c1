import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloneState, jsonBytes } from "../../../src/core/contract/state.ts";

class Custom {
  x = 1;
}
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe("the state of a socket", () => {
  it("is a frozen copy, all the way down", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = cloneState(value, 1e9, "socket 1");
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        if (typeof copy === "object" && copy !== null) expect(Object.isFrozen(copy)).toBe(true);
      }),
    );
  });

  it("drops undefined properties, as JSON would", () => {
    expect(cloneState({ a: undefined, b: 1 }, 100, "s")).toEqual({ b: 1 });
  });

  it("may be undefined", () => {
    expect(cloneState(undefined, 1, "s")).toBeUndefined();
  });

  it("keeps a property called __proto__ as data", () => {
    const copy = cloneState(JSON.parse('{"__proto__":{"admin":true}}'), 100, "s") as { admin?: boolean };
    expect(copy.admin).toBeUndefined();
    expect(Object.keys(copy)).toEqual(["__proto__"]);
  });

  it.each([
    ["a Date", { at: new Date(0) }, "state.at is not plain JSON data (a Date)"],
    ["a Map in a list", [new Map()], "state[0] is not plain JSON data (a Map)"],
    ["bytes", { b: new Uint8Array(1) }, "state.b is not plain JSON data (a Uint8Array)"],
    ["a class", new Custom(), "state is not plain JSON data (a Custom)"],
    ["a function", { f() {} }, "state.f is not plain JSON data (a function"],
    ["a bigint", { n: 1n }, "state.n is not plain JSON data (1n)"],
    ["NaN", { n: Number.NaN }, "state.n is not plain JSON data (NaN)"],
    ["a cycle", cycle, "nested too deeply, or contains itself"],
  ])("throws a TypeError that names the place of %s", (_, value, message) => {
    expect(() => cloneState<unknown>(value, 1e6, "s")).toThrow(TypeError);
    expect(() => cloneState<unknown>(value, 1e6, "s")).toThrow(message);
  });

  it("throws a RangeError that names the socket, the size and the limit", () => {
    expect(() => cloneState("日本", 7, "socket 7")).toThrow(
      new RangeError("socket 7: state is 8 bytes as JSON; limits.stateBytes is 7"),
    );
    expect(cloneState("日本", 8, "socket 7")).toBe("日本");
  });

  it("is measured in bytes of UTF-8", () => {
    expect([jsonBytes(undefined), jsonBytes("é"), jsonBytes({ a: 1 })]).toEqual([0, 4, 7]);
  });
});
