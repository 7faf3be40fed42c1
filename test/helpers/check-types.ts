import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

// Has every project's types checked, and names those that fail. A program rather than a line for a shell, of which each
// system has another one.

const ROOT = join(import.meta.dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const probes = readdirSync(join(ROOT, "test/types"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `test/types/${name}`);

for (const project of [".", "src", "src/core", "src/client", "workers", ...probes]) {
  const { status } = spawnSync(process.execPath, [TSC, "--noEmit", "-p", project], { cwd: ROOT, stdio: "inherit" });
  if (status === 0) continue;
  console.error(`types fail in ${project}`);
  process.exitCode = 1;
}
