import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

interface Row {
  readonly entry: string;
  readonly gzip: number;
  readonly goal: number | null;
  readonly parts: Readonly<Record<string, number>>;
}

it("costs a page no more than it may, and nothing of a server", () => {
  const printed = execFileSync(process.execPath, ["--conditions=onesocket-source", "bench/size.ts", "--json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const { gzip, goal, parts } = (JSON.parse(printed) as Row[]).find(({ entry }) => entry === "onesocket/client")!;
  expect(goal).toBe(5_120);
  expect(gzip).toBeLessThanOrEqual(goal!);
  const others = Object.keys(parts).filter((file) => !file.startsWith("src/client/"));
  expect(others.filter((file) => file.startsWith("src/"))).toEqual(["src/core/rpc/wire.ts"]);
});
