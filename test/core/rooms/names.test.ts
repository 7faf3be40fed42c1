import { describe, expect, it } from "vitest";
import { CLOSURE, defineSocket, isDefinition } from "../../../src/core/contract/definition.ts";
import { isReplaced } from "../../../src/core/rooms/holders.ts";
import { claimName, useName } from "../../../src/core/rooms/names.ts";
import { useTarget } from "../../../src/core/upgrade/serve.ts";

let names = 0;

function takes(definition: ReturnType<typeof defineSocket>): boolean {
  return claimName(definition) === undefined;
}

/** Definitions of one name that no other test uses, all made before any is used. */
function named(count: number) {
  const name = `name-${++names}`;
  return Array.from({ length: count }, () => defineSocket({ name })) as ReturnType<typeof defineSocket>[];
}

describe("a name (H12)", () => {
  it("stands for the first definition that comes into use, and no other that was there then", () => {
    const [one, two] = named(2);
    expect([takes(two!), takes(one!), takes(two!), takes(one!)]).toEqual([true, false, true, false]);
    expect([isReplaced(one!), isReplaced(two!)]).toEqual([true, false]);
  });

  it("stands for a definition that was made after the other came into use, and no longer for that one", () => {
    const [one] = named(1);
    expect(takes(one!)).toBe(true);
    const two = defineSocket({ name: one!.name });
    expect([takes(one!), takes(two), takes(one!), takes(two)]).toEqual([true, true, false, true]);
    const three = defineSocket({ name: one!.name });
    expect([takes(three), takes(two), takes(one!)]).toEqual([true, false, false]);
  });

  it("is not taken by a definition that is only made", () => {
    const [one, , two] = named(3);
    expect(isReplaced(one!)).toBe(false);
    expect([takes(two!), isReplaced(one!)]).toEqual([true, true]);
  });

  it("means nothing for closures, which all have the same", () => {
    expect([defineSocket({ name: CLOSURE }), defineSocket({ name: CLOSURE })].map(takes)).toEqual([true, true]);
    const leave = useName(defineSocket({ name: CLOSURE }));
    expect(leave).not.toThrow();
  });

  it("counts a definition of another copy of the package from when it is first seen", () => {
    const [one] = named(1);
    const other = { ...one! };
    expect(isDefinition(other)).toBe(true);
    expect([takes(one!), takes(other), takes(one!)]).toEqual([true, true, false]);
  });

  it("is a TypeError for a host that would serve a second definition, until the first one's hosts have closed", async () => {
    const [one, two] = named(2);
    const [first, second] = [useName(one!), useTarget(one!)];
    expect(() => useTarget(two!)).toThrow(new RegExp(`^NAME_TAKEN: two definitions are named "${one!.name}"`));
    first();
    first();
    expect(() => useName(two!)).toThrow(TypeError);
    await second();
    const third = useName(two!);
    expect(() => useName(one!)).toThrow(TypeError);
    third();
  });

  it("is not given back by a host whose definition was replaced", () => {
    const [one] = named(1);
    const leave = useName(one!);
    const two = defineSocket({ name: one!.name });
    expect(takes(two)).toBe(true);
    leave();
    expect(takes(one!)).toBe(false);
  });
});
