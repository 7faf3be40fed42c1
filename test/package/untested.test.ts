import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root } from "./project.ts";

/** Where npm has put what it installs, and nothing else. */
const BIN = join(root, "node_modules/.bin");

/** Runs tests that need redis-server where there is none, and gives what is printed. */
async function suite(environment: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const env = { PATH: BIN, HOME: process.env.HOME, NO_COLOR: "1", ...environment };
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "all", "test/brokers/demo.test.ts"];
  const done = await promisify(execFile)(process.execPath, args, { cwd: root, env }).catch((error) => error);
  return { code: done.code ?? 0, output: `${done.stdout}${done.stderr}` };
}

describe("tests that need a program which is not installed", () => {
  it("are skipped, and the end of the run says what to install", async () => {
    const { code, output } = await suite({});
    expect(code, output).toBe(0);
    expect(output).toMatch(/Tests +1 skipped/);
    expect(output).toContain(
      "not tested: npm run dev:cluster: redis-server is not installed: apt-get install redis-server",
    );
  });

  it("fail under CI", async () => {
    const { code, output } = await suite({ CI: "true" });
    expect(code).not.toBe(0);
    expect(output).toContain("redis-server is not installed: apt-get install redis-server");
  });
});
