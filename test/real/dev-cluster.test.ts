import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { itJoins } from "../brokers/demo.ts";
import { describeOnNats } from "../helpers/nats-server.ts";
import { describeOnPostgres } from "../helpers/postgres-server.ts";

const ROOT = join(import.meta.dirname, "../..");

describeOnNats("npm run dev:cluster -- nats", () => itJoins("nats", 3));

describeOnPostgres("npm run dev:cluster -- postgres", () => itJoins("postgres", 3));

describe("npm run dev:cluster -- cores", () => itJoins("cores", 1));

describe("npm run dev:cluster", () => {
  it.each([
    [["--help"], 0, /redis \| nats \| postgres \| cores/],
    [["mysql"], 2, /there is no mysql/],
    [["toString"], 2, /there is no toString/],
  ])("%j: ends with %d", async (words, code, says) => {
    const { PATH } = process.env;
    const ended = await new Promise<{ code: unknown; output: string }>((resolve) => {
      const args = ["run", "--silent", "dev:cluster", "--", ...words];
      execFile("npm", args, { cwd: ROOT, env: { PATH } }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
    });
    expect(ended).toEqual({ code, output: expect.stringMatching(says) });
  });

  it("says what to install, or to set, where its engine is not there", async () => {
    const node = join(ROOT, "node_modules/.bin/node");
    const ended = await new Promise<string>((resolve) => {
      const args = ["--conditions=onesocket-source", "workers/cluster.ts"];
      execFile(node, args, { cwd: ROOT, env: { PATH: "" } }, (_, __, stderr) => resolve(stderr));
    });
    expect(ended).toMatch(/redis can't be started: install it, or set BROKER_URL/);
  });
});
