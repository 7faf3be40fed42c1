import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * Mutation testing of the core: `npm run mutants -- src/core/contract/origin.ts …`. Each file is changed in many small ways, one
 * at a time, and the core's own tests must notice. Prints every mutant that survived, and the score.
 */

/** Not among the devDependencies: 180 packages that few need. `--no-save` leaves package.json and the lock file as they are. */
const PACKAGES = ["@stryker-mutator/core@10.1.1", "@stryker-mutator/vitest-runner@10.1.1"];

const ROOT = join(import.meta.dirname, "..");
const STRYKER = join(ROOT, "node_modules/@stryker-mutator/core/bin/stryker.js");

const files = process.argv.slice(2);
if (files.length === 0 || files.some((file) => file.startsWith("-"))) {
  console.error("usage: npm run mutants -- FILE…, such as src/core/contract/origin.ts");
  process.exit(2);
}

if (!existsSync(STRYKER)) run("npm", "install", "--no-save", "--no-audit", "--no-fund", ...PACKAGES);
const folder = mkdtempSync(join(tmpdir(), "mutants-"));
try {
  const config = join(folder, "stryker.json");
  writeFileSync(config, JSON.stringify(configOf(files, join(folder, "sandbox"))));
  process.exitCode = run(process.execPath, STRYKER, "run", config);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function configOf(mutate: readonly string[], tempDirName: string): object {
  return {
    mutate,
    tempDirName,
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "bench/mutants.config.ts", related: false },
    reporters: ["clear-text"],
    clearTextReporter: { logTests: false, allowColor: false },
    concurrency: 1,
    // Stryker 10.1 rewrites tsconfig.json by TypeScript's API in JavaScript, which TypeScript 7 has no more (2026-11).
    tsconfigFile: "none.json",
  };
}

function run(command: string, ...args: readonly string[]): number {
  return spawnSync(command, args, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
}
