import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Measurement } from "../../bench/loads/measurement.ts";
import { report } from "../../bench/report.ts";
import { between, goalsOf, joined } from "../../bench/results.ts";
import { ROWS, type Row } from "../../bench/rows.ts";
import { type ServerName, start } from "../../bench/servers.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

/** The Node that npm's scripts use, with the library's sources. */
function program(name: string, ...args: string[]): Promise<{ stdout: string }> {
  return run(process.execPath, ["--conditions=onesocket-source", join(ROOT, "bench", name), ...args]);
}

/** With few of the connections that the row has. A busy machine may have done nothing in the shorter of these seconds: then in the next. */
async function measuredOnce(row: Row, name: ServerName): Promise<[ServerName, Measurement[]]> {
  const server = await start(name, row.words ?? []);
  const measure = (seconds: number) => row.measure(server, { seconds, divisor: 200, rate: 2000 }, name);
  try {
    let measured = await measure(0.02);
    for (let seconds = 0.2; measured.count === 0 && seconds < 5; seconds *= 5) measured = await measure(seconds);
    return [name, [measured]];
  } finally {
    await server.stop();
  }
}

describe("npm run bench", () => {
  it("measures every server of a row, whose echoes are as they should be", async () => {
    const { stdout } = await program(
      "bench.ts",
      ..."--sources --quick --seconds 0.2 --repeats 1 --rows echo-64-1 --json".split(" "),
    );
    const { lines, goals } = JSON.parse(stdout) as { lines: { server: string; figure: number }[]; goals: object[] };
    expect(lines.map(({ server, figure }) => [server, figure > 0])).toEqual(
      ["onesocket", "net", "ws", "crossws", "bare"].map((server) => [server, true]),
    );
    expect(goals).toHaveLength(2);
  });

  it.each(["latency-64", "steady-10k", "rooms-1000", "bun-latency-64"])(
    "tells the latency of every server of %s, in a table of its own",
    async (name) => {
      const row = ROWS.find((one) => one.name === name)!;
      const measured = new Map(await Promise.all(row.servers.map((server) => measuredOnce(row, server))));
      const [, latencies = ""] = report([{ row, measured, runs: 1 }], true).split("\n\n");
      expect(latencies).toMatch(/^\| latency \| server \| p50 \| p99 \| p99.9 \|/);
      expect([...latencies.matchAll(/^\|[^|]*\| (\S+) \| [\d.]+ [mµ]s \|/gm)].map(([, server]) => server)).toEqual(
        row.servers,
      );
    },
  );

  it("calls every server of calls-16, each in its own words, and compares every answer", async () => {
    const row = ROWS.find(({ name }) => name === "calls-16")!;
    const measured = await Promise.all(row.servers.map((server) => measuredOnce(row, server)));
    expect(measured.map(([server, [one]]) => [server, one!.count > 0])).toEqual(
      row.servers.map((name) => [name, true]),
    );
  });

  it.each(["deflate-fan-out-16", "arena-16"])("compares what every Node server of %s answers", async (name) => {
    const row = ROWS.find((one) => one.name === name)!;
    for (const server of row.servers.filter((one) => one === "onesocket" || one === "ws")) {
      const [, [measured]] = await measuredOnce(row, server);
      expect(measured!.count).toBeGreaterThan(0);
    }
  });

  it("has a server of another checkout take turns with ours", async () => {
    const words = `--sources --quick --seconds 0.02 --repeats 2 --rows fan-out-1 --json --against ${ROOT}`;
    const { stdout } = await program("bench.ts", ...words.split(" "));
    const { lines } = JSON.parse(stdout) as { lines: { server: string; between: number[]; ours: number }[] };
    expect(lines.map(({ server }) => server)).toEqual(["onesocket", "onesocket, before", "ws", "crossws"]);
    for (const { between, ours } of lines) {
      expect(between[0]).toBeLessThanOrEqual(ours);
      expect(between[1]).toBeGreaterThanOrEqual(ours);
    }
  });

  it("tells where a ratio lies by the ranks of what was measured, not by its outliers", () => {
    expect(between([1, 2, 3])).toEqual([1, 3]);
    expect(between([...Array.from({ length: 23 }, (_, at) => 1 + at / 100), 50, 0.001])).toEqual([1.06, 1.16]);
  });

  it("refuses a folder that is no checkout", async () => {
    const failed = await program("bench.ts", "--against", import.meta.dirname).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining("no checkout of this project") });
  });

  it("says by how many KiB ours is over another where that is the goal", () => {
    const row = ROWS.find(({ name }) => name === "memory")!;
    const measured = (bytes: number): Measurement[] => [{ count: 1, seconds: 1, cpu: 1, bytes }];
    const result = { row, measured: new Map(row.servers.map((name) => [name, measured(4096)])), runs: 1 };
    result.measured.set("onesocket", measured(4096 + 256));
    expect(report([result], false)).toMatch(/^memory +≤ 0\.5 KiB over http +0\.25 +0\.25–0\.25 +reached/m);
    result.measured.set("onesocket", measured(4096 + 768));
    expect(goalsOf([result]).find(({ other }) => other === "http")).toMatchObject({ ratio: 0.75, reached: false });
  });

  it("takes a goal for reached only if each of several runs has reached it", () => {
    const row = ROWS.find(({ name }) => name === "fan-out-1")!;
    const run = (ours: number) => [
      {
        row,
        measured: new Map<ServerName, Measurement[]>([
          ["onesocket", [{ count: ours, seconds: 1, cpu: 1 }]],
          ["ws", [{ count: 100, seconds: 1, cpu: 1 }]],
          ["crossws", [{ count: 100, seconds: 1, cpu: 1 }]],
        ]),
        runs: 1,
      },
    ];
    const [goal] = goalsOf(joined([run(200), run(140), run(170)]));
    expect(goal).toMatchObject({ ratios: [2, 1.4, 1.7], ratio: 1.7, reached: false });
    expect(report(joined([run(200), run(160)]), false)).toMatch(
      /^fan-out-1 +≥ 1\.5 × ws +2\.00 \/ 1\.60 +1\.60–2\.00 +reached/m,
    );
  });

  it("tells where our server's time goes", async () => {
    const { stdout } = await program("bench.ts", "--profile", "echo-64-16", "--seconds", "0.1");
    expect(stdout).toMatch(/^onesocket +[\d.]+ %$/m);
    expect(stdout).toMatch(/^writeBuffer +native +[\d.]+ %$/m);
  });

  it("refuses a row that there is none of", async () => {
    await expect(program("bench.ts", "--rows", "nothing")).rejects.toMatchObject({ code: 2 });
  });
});

describe("npm run bench:startup", () => {
  it("tells how long a Worker takes to its first 101, beside one that is written by hand", async () => {
    const { stdout } = await program("startup.ts", "--only", "workerd", "--runs", "1", "--json");
    expect(
      (JSON.parse(stdout) as { name: string; median: number }[]).map(({ name, median }) => [name, median > 0]),
    ).toEqual([
      ["onesocket/cloudflare: to the first 101", true],
      ["by hand: to the first 101", true],
    ]);
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
