import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../helpers/runtimes.ts";
import { CASES } from "../testing/runners/cases.ts";

const FOLDER = join(import.meta.dirname, "../testing/runners");
const SOURCE = "--conditions=onesocket-source";
const [bun] = COMMANDS.bun();
const [deno] = COMMANDS.deno();

/** Each runner's command, and how it names a test that passed. */
const RUNNERS: Readonly<Record<string, readonly [command: string, args: readonly string[], passed: RegExp]>> = {
  "node:test": [process.execPath, [SOURCE, "--test", "--test-reporter=spec", "node.ts"], /^✔ (.+) \([\d.]+ms\)$/gm],
  "bun test": [bun, [SOURCE, "test", "./bun.ts"], /^\(pass\) (.+?)(?: \[[\d.]+ms\])?$/gm],
  // Without any permission.
  "deno test": [deno, ["test", "--quiet", "--no-check", "--no-prompt", SOURCE, "deno.ts"], /^(.+) \.\.\. ok \(.+\)$/gm],
};

describe("onesocket/test", () => {
  it.each(Object.entries(CASES))("in vitest %s", (_, run) => run());

  it.each(Object.entries(RUNNERS))("in %s does the same", async (_, [command, args, passed]) => {
    // As somebody starts them by hand: not as a part of vitest.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" };
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: FOLDER, env });
    const names = [...`${stdout}\n${stderr}`.matchAll(passed)].map(([, name]) => name);
    expect(names).toEqual(Object.keys(CASES));
  });
});
