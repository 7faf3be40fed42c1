import { expect, it } from "vitest";
import { randomId } from "../../../src/adapters/node/id.ts";

const IDS = Array.from({ length: 1000 }, randomId);

it("is a UUID of version 4", () => {
  const bad = IDS.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id));
  expect(bad).toEqual([]);
});

it("is another one each time", () => {
  expect(new Set(IDS).size).toBe(IDS.length);
});

it("is random in every other digit", () => {
  const fixed = Array.from({ length: 36 }, (_, at) => at).filter((at) => new Set(IDS.map((id) => id[at])).size === 1);
  expect(fixed).toEqual([8, 13, 14, 18, 23]);
});
