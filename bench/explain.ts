/**
 * What `onesocket explain` takes for a capture of 50 MB: CPU time and memory of a process of its own, beyond what it takes for a
 * number alone, and how often the file could be read meanwhile.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { CROWD_NAMES, largeCapture, type Measured, measuredExplain } from "../test/cli/explain/captures/large.ts";
import { refuse } from "./refuse.ts";
import { median } from "./results.ts";
import { aligned } from "./table.ts";

const HELP = `npm run bench:explain -- [--runs N] [--json] [--help]

  --runs N  processes for each capture; default 3, at most 20
  --json    prints data instead of a table

Takes about half a minute.`;

const BYTES = 50e6;

interface Row {
  readonly capture: string;
  /** CPU time and memory beyond those of a number. */
  readonly cpuMs: number;
  readonly mib: number;
  /** CPU time as a multiple of that of reading the file. */
  readonly reads: number;
}

const { runs, json } = options();
const folder = mkdtempSync(join(tmpdir(), "onesocket-explain-"));
try {
  const rows = await measured(join(folder, "capture.pcap"));
  console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function options(): { readonly runs: number; readonly json: boolean } {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "3" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const count = Number(values.runs);
  if (!Number.isInteger(count) || count < 1 || count > 20) refuse("--runs takes a number from 1 to 20");
  return { runs: count, json: values.json === true };
}

async function measured(file: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const capture of CROWD_NAMES) {
    writeFileSync(file, largeCapture(capture, BYTES));
    const both: (readonly [empty: Measured, full: Measured, readMs: number])[] = [];
    for (let at = 0; at < runs; at++)
      both.push([await measuredExplain("1006"), await measuredExplain(file), readingMs(file)]);
    const cpuMs = median(both.map(([empty, full]) => full.cpuMs - empty.cpuMs));
    const mib = median(both.map(([empty, full]) => (full.peak - empty.peak) / (1 << 20)));
    rows.push({ capture, cpuMs, mib, reads: cpuMs / median(both.map(([, , readMs]) => readMs)) });
  }
  return rows;
}

function readingMs(file: string): number {
  const before = process.cpuUsage();
  readFileSync(file);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function table(rows: readonly Row[]): string {
  const shown = rows.map(({ capture, cpuMs, mib, reads }) => [
    capture,
    `${cpuMs.toFixed(0)} ms`,
    `${mib.toFixed(0)} MiB`,
    `${reads.toFixed(0)}`,
  ]);
  return aligned(["50 MB of", "CPU", "memory", "times reading it"], shown);
}
