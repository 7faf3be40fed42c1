import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** What the compiler says of each line that is wrong: from the first word to the last. */
const WORDS: Readonly<Record<number, string>> = {
  4: `Type 'Date' is not assignable to type '"not JSON: keep a Date as its getTime() or toISOString()"'.`,
  5: `Type 'Map<string, number>' is not assignable to type '"not JSON: state is plain data, without methods, Map, Set, bytes or symbols"'.`,
  6: "Cannot assign to 'n' because it is a read-only property.",
  7: "Property 'push' does not exist on type 'readonly string[]'.",
  8: "'onMessage' does not exist in type",
  11: "Expected 2 arguments, but got 1.",
  12: "Property 'env' is missing in type '{ port: number; }' but required in type",
};

it("has the compiler say of a mistake what is wrong, in words that one understands", () => {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [tsc, "--noEmit", "--pretty", "false", "-p", join(ROOT, "test/fixtures/mistakes")];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  // The indented lines belong to the one before them.
  const reports = stdout.trimEnd().split(/\n(?! )/);
  const lines = reports.map((report) => Number(/mistakes\.ts\((\d+),/.exec(report)?.[1]));
  expect(lines).toEqual(Object.keys(WORDS).map(Number));
  for (const [index, words] of Object.values(WORDS).entries()) expect(reports[index]).toContain(words);
});
