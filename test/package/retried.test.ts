import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { root } from "./project.ts";

const FLAKY = `
  let times = 0;
  it("works the second time", () => expect(++times).toBe(2));
  it("works", () => {});
`;

it("a test that passes the second time only is named at the end of the run, with why it failed before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "onesocket-retried-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "flaky.test.ts"), FLAKY);
  const reporter = join(root, "test/helpers/retried.ts");
  const args = ["run", "--globals", "--retry", "1", "--root", folder, "--reporter", reporter];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, ...args], { cwd: root });
  expect(stdout.match(/passed the second time only: .*/g)).toEqual([
    `passed the second time only: ${join(folder, "flaky.test.ts")} > works the second time`,
  ]);
  expect(stdout).toContain("expected 1 to be 2");
});
