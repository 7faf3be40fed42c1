import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExplainReport } from "../../../src/cli/explain/report.ts";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { type Ended, ROOT } from "../command.ts";
import { described } from "../report-faults.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onesocket-explain-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command to its end, with this on stdin. */
async function explain(args: readonly string[], input = ""): Promise<Ended> {
  const main = ["--conditions=onesocket-source", `${ROOT}/src/cli/main.ts`, "explain"];
  const child = spawn(process.execPath, [...main, ...args]);
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** A report that was printed, as its schema describes it. */
function read(stdout: string): ExplainReport {
  return described("explain", JSON.parse(stdout));
}

describe("onesocket explain", () => {
  it("prints cause, fix and what to run, and ends with 0", async () => {
    const { code, stdout, stderr } = await explain(["Unexpected", "server", "response:", "403"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Unexpected server response: 403 {2}\(ws\)\n {2}The server answered 403, not 101\./);
    expect(stdout).toContain(
      `  ORIGIN_REJECTED\n    ${FAILURES.ORIGIN_REJECTED[1]}\n    Fix: ${FAILURES.ORIGIN_REJECTED[2]}\n`,
    );
    expect(stdout).toMatch(/\n {2}Next: onesocket doctor <url>\n$/);
  });

  it("reads stdin line by line, explains in order, and says nothing twice", async () => {
    const log = "starting\nsocket hang up\nretrying\nsocket hang up\ncode=1011\n";
    const { stdout } = await explain(["--json"], log);
    const { explanations, unknown } = read(stdout);
    expect(explanations.map(({ input, lines }) => [input, lines])).toEqual([
      ["socket hang up", [2, 2]],
      ["code=1011", [5, 5]],
    ]);
    expect(unknown).toEqual([
      { source: "stdin", line: 1, text: "starting" },
      { source: "stdin", line: 3, text: "retrying" },
    ]);
  });

  it("tells of a long text that only its beginning was read", async () => {
    const file = join(folder, "long.log");
    await writeFile(file, `socket hang up\n${"-".repeat(1 << 24)}`);
    const { code, stdout, stderr } = await explain([file]);
    expect([code, stdout.includes("CLOSED_BEFORE_RESPONSE")]).toEqual([0, true]);
    expect(stderr).toBe(
      `onesocket: of ${JSON.stringify(file)} only the first 16 MiB were read: hand over the part that matters.\n`,
    );
    const report = read((await explain(["--json", file])).stdout);
    expect(report.cutSources).toEqual([file]);
  });

  it("reads a dump of several lines as one", async () => {
    const dump =
      "00000000: 4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET / HTTP/1.1..\n00000010: 0d0a                                     ..\n";
    const { stdout } = await explain(["--json"], dump);
    expect(read(stdout)).toMatchObject({
      explanations: [{ kind: "bytes", causes: [{ code: "NOT_A_HANDSHAKE" }] }],
    });
  });

  it("takes several numbers and codes, each by itself", async () => {
    const { stdout } = await explain(["--json", "1008", "DRAINING"]);
    expect(read(stdout).explanations.map(({ kind }) => kind)).toEqual(["close", "code"]);
  });

  it("ends with 1 and a suggestion when it knows nothing", async () => {
    const { code, stdout, stderr } = await explain(["all is well"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^onesocket: nothing is known about this line\. Run onesocket doctor <url>/);
  });

  it("ends with 1 and an empty list in JSON", async () => {
    const { code, stdout } = await explain(["--json", "all is well"]);
    expect({ code, told: read(stdout) }).toEqual({
      code: 1,
      told: {
        schema: 1,
        explanations: [],
        unknown: [{ source: "arguments", line: 1, text: "all is well" }],
        unknownLines: 1,
        unknownSources: ["arguments"],
        cutSources: [],
      },
    });
  });

  it("reads several files, says where each thing stands, and ends with 1 when nothing is known of one", async () => {
    await writeFile(join(folder, "client.log"), "starting\nUnexpected server response: 403\n");
    await writeFile(join(folder, "server.txt"), "all is well\n");
    const { code, stdout, stderr } = await explain([join(folder, "client.log"), join(folder, "server.txt"), "1006"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${join(folder, "client.log")}:2  Unexpected server response: 403  (ws)`);
    expect(stdout).toContain("arguments:1  1006");
    expect(stdout).toMatch(/\nNothing is known about 2 other lines\.\n$/);
    expect(stderr).toContain(`onesocket: nothing is known about "${join(folder, "server.txt")}".`);
  });

  it("reads what Windows' shells write, and what Markdown fences in", async () => {
    const text = "```text\r\nsocket hang up\r\n```\r\n1006\r\n";
    await writeFile(join(folder, "utf-16.txt"), Buffer.from(`\ufeff${text}`, "utf16le"));
    const { stdout } = await explain(["--json", join(folder, "utf-16.txt")]);
    const { explanations, unknownLines } = read(stdout);
    expect(explanations.map(({ kind, lines }) => [kind, lines])).toEqual([
      ["message", [2, 2]],
      ["close", [4, 4]],
    ]);
    expect(unknownLines).toBe(0);
  });

  it("writes Markdown in which what it was given makes no links, no mentions and no HTML", async () => {
    const { stdout } = await explain(["--markdown", "Unexpected server response: 426 <b>`@ada` [x](y)"]);
    expect(stdout).toMatch(/^### `` Unexpected server response: 426 <b>`@ada` \[x\]\(y\) `` \(ws\)\n\n/);
    expect(stdout).toContain("\n- **UPGRADE\\_STRIPPED**".replace("\\_", "_"));
    expect(stdout).toContain("\n```text\n# nginx\n");
    expect(stdout).toMatch(/\nNext: `onesocket doctor <url>`\n$/);
  });

  it("prints its usage", async () => {
    const { code, stdout } = await explain(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: onesocket explain/);
  });

  it.each([
    ["no text", [], "there is no text to explain: see onesocket explain --help"],
    ["a file that is not there", ["missing/error.log"], 'there is no file "missing/error.log"'],
    ["two forms at once", ["--json", "--markdown", "1006"], "--json and --markdown exclude each other"],
    ["no path", ["--for", "chat", "1006"], '--for takes a path or a URL, not "chat"'],
    ["an unknown option", ["--fast"], "Unknown option '--fast': see onesocket explain --help"],
  ])("ends with 2 for %s", async (_, args, sentence) => {
    expect(await explain(args)).toEqual({ code: 2, stdout: "", stderr: `onesocket: ${sentence}\n` });
  });
});
