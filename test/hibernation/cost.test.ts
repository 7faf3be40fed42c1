import { expect, it } from "vitest";
import recorded from "../../bench/cost.json" with { type: "json" };
import { count } from "../../bench/cost.ts";

it("costs the calls and rows that the documentation's bills are made from", async () => {
  const exact = (counts: object) => Object.entries(counts).filter(([name]) => !name.startsWith("ms"));
  expect(exact(await count(100))).toEqual(exact(recorded));
});
