import { expect, it } from "vitest";
import { soak } from "../../bench/soak-recovery.ts";

it.each([
  ["node", 400],
  ["durable", 300],
] as const)(
  "on %s every client hears every number once and in order, whose connections are cut %i times",
  async (runtime, cuts) => {
    const { mistakes, said } = await soak(runtime, cuts, 10);
    expect(mistakes).toEqual([]);
    expect(said).toBeGreaterThan(50);
  },
);
