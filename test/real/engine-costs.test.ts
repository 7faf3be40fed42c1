import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ENGINE_TITLES, type EngineCosts, LOAD_NAMES } from "../../bench/engines/costs.ts";
import { describeOnNats } from "../helpers/nats-server.ts";

const PROGRAM = join(import.meta.dirname, "../../bench/engines.ts");

describeOnNats("npm run bench:engines", () => {
  it("measures every engine at every load, and loses no message", { timeout: 120_000 }, async () => {
    const args = ["--conditions=onesocket-source", PROGRAM, "--seconds", "0.1", "--rounds", "1", "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { engines, many } = JSON.parse(stdout) as EngineCosts;
    expect(Object.keys(engines)).toEqual(Object.keys(ENGINE_TITLES));
    for (const loads of Object.values(engines)) {
      expect(Object.keys(loads)).toEqual([...LOAD_NAMES]);
      for (const { p50, p99 } of Object.values(loads)) expect(p50 > 0 && p99 >= p50).toBe(true);
      expect(loads.single.hearer).toBeGreaterThan(loads.batched.hearer);
    }
    expect(many.ends).toBeGreaterThan(4);
  });
});
