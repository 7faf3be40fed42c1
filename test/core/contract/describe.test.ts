import { describe as describing, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { describe } from "../../../src/core/contract/describe.ts";
import { FIELDS } from "../../../src/core/upgrade/result.ts";

describing("what a value is in words", () => {
  it.each<[unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    [7n, "7n"],
    ["x".repeat(100), `the string "${"x".repeat(100)}"`],
    ["x".repeat(101), `the string "${"x".repeat(100)}…"`],
    [defineSocket({ name: "chat" }), 'the definition "chat"'],
    [
      new Response(),
      "a Response that cannot be sent: of a network error, read already, or with a control character in a header",
    ],
    [{ name: "a", message: "b" }, 'an object with "name", "message"'],
    [
      new (class Named {
        name = "n";
      })(),
      "a Named",
    ],
    [
      new (class Said {
        message = "m";
      })(),
      "a Said",
    ],
    [Object.create({ constructor: { name: 7 } }), "an object of a class"],
    [Object.create({ a: 1 }), "an object of a class"],
    [{}, "an empty object"],
  ])("%o: %s", (value, words) => {
    expect(describe(value)).toBe(words);
  });

  it("names ten fields of an object at most: whoever sends one by mistake finds no megabytes in the log", () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, i]));
    const names = Array.from({ length: 10 }, (_, i) => `"a${i}"`).join(", ");
    expect(describe(many)).toBe(`an object with ${names} and more`);
    const { a10: _, ...ten } = many;
    expect(describe(ten)).toBe(`an object with ${names}`);
  });

  it("leaves out the fields that were asked for, and gives hints for the others", () => {
    expect(describe({ room: 1, rooms: 1 }, FIELDS)).toBe('an object with "rooms": did you mean "room"?');
    expect(describe({ status: 1 }, FIELDS)).toBe('an object with "status": an HTTP answer is a Response');
    expect(describe({ rooms: 1 })).toBe('an object with "rooms"');
  });
});
