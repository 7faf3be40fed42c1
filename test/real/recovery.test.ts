import { expect, it } from "vitest";
import { soak } from "../../bench/soak-recovery.ts";
import { describeOnRedis } from "../helpers/redis-server.ts";

it.each([
  ["node", 400],
  ["bun", 200],
  ["deno", 200],
  ["durable", 300],
] as const)(
  "on %s every client hears every number once and in order, whose connections are cut %i times",
  async (runtime, cuts) => {
    const { mistakes, said } = await soak(runtime, cuts, 10);
    expect(mistakes).toEqual([]);
    expect(said).toBeGreaterThan(50);
  },
);

describeOnRedis("a room of three processes over Redis", () => {
  it("brings every number to every client once and in order, though processes are killed", async () => {
    const { mistakes, shakes } = await soak("redis", 400, 10);
    expect(mistakes).toEqual([]);
    expect(shakes).toBeGreaterThan(0);
  });
});
