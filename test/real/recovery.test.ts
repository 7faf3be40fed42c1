import { expect, it } from "vitest";
import { soak } from "../../bench/soak-recovery.ts";
import { describeOnRedis } from "../helpers/redis-server.ts";

/** Longer than the soak itself waits for what does not come: so it ends its processes, and says who was behind. */
const PATIENCE_MS = 150_000;

it.each([
  ["node", 400],
  ["bun", 200],
  ["deno", 200],
  ["durable", 300],
] as const)(
  "on %s every client hears every number once and in order, whose connections are cut %i times",
  { timeout: PATIENCE_MS },
  async (runtime, cuts) => {
    const { mistakes, said } = await soak(runtime, cuts, 10);
    expect(mistakes).toEqual([]);
    expect(said).toBeGreaterThan(50);
  },
);

describeOnRedis("a room of three processes over Redis", () => {
  it("brings every number to every client once and in order, though processes are killed", {
    timeout: PATIENCE_MS,
  }, async () => {
    const { mistakes, shakes } = await soak("redis", 400, 10);
    expect(mistakes).toEqual([]);
    expect(shakes).toBeGreaterThan(0);
  });
});
