import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

/** The Node that npm's scripts use, with the library's sources. */
function program(name: string, ...args: string[]): Promise<{ stdout: string }> {
  return run(process.execPath, ["--conditions=onesocket-source", join(ROOT, "bench", name), ...args]);
}

describe("npm run bench", () => {
  it("measures every server of a row, whose echoes are as they should be", async () => {
    const { stdout } = await program(
      "bench.ts",
      ..."--quick --seconds 0.02 --repeats 1 --rows echo-64-1 --json".split(" "),
    );
    const { lines, goals } = JSON.parse(stdout) as { lines: { server: string; figure: number }[]; goals: object[] };
    expect(lines.map(({ server, figure }) => [server, figure > 0])).toEqual(
      ["onesocket", "net", "ws", "crossws", "bare"].map((server) => [server, true]),
    );
    expect(goals).toHaveLength(2);
  });

  it("refuses a row that there is none of", async () => {
    await expect(program("bench.ts", "--rows", "nothing")).rejects.toMatchObject({ code: 2 });
  });
});

describe("npm run bench:micro", () => {
  it("tells what a part costs", async () => {
    const { stdout } = await program("micro.ts", "--only", "SHA-1", "--json");
    expect((JSON.parse(stdout) as { nanoseconds: number }[]).map(({ nanoseconds }) => nanoseconds > 0)).toEqual([
      true,
      true,
    ]);
  });
});
