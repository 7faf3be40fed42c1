import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");

/** Where every Node that a test starts keeps what it compiled. Its entries are found by a file's path and its content: none is ever stale. */
export const COMPILE_CACHE: string = join(ROOT, "node_modules/.cache/onesocket-tests");

/** Programs in folders of their own leave entries that nobody asks for again: with as many files it begins anew. */
const FULL = 20_000;

/**
 * Before all tests: has Node compile the sources once. Else each of the many processes that tests start would take the types out
 * of a hundred files, which is most of what it does; and those that are killed keep nothing for the next.
 */
export default async function compileSources(): Promise<void> {
  if (existsSync(COMPILE_CACHE)) {
    if (readdirSync(COMPILE_CACHE, { recursive: true }).length < FULL) return;
    rmSync(COMPILE_CACHE, { recursive: true });
  }
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, string | { readonly "onesocket-source": string }>;
  };
  const entries = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [] : entry["onesocket-source"],
  );
  // Those of other runtimes can't be imported here: what they share with ours is.
  const imports = entries.map((entry) => `await import("${join(ROOT, entry)}").catch(() => {});`);
  await promisify(execFile)(
    process.execPath,
    ["--conditions=onesocket-source", "--input-type=module", "--eval", imports.join("\n")],
    { cwd: ROOT, env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE } },
  );
}
