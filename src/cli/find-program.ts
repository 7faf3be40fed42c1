import { closeSync, existsSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";

/** The runtimes that are looked for. */
export type Program = "bun" | "deno";

const EXTENSION = process.platform === "win32" ? ".exe" : "";

/**
 * A runtime's own binary, on PATH or in a node_modules above the module or this file. Never a launcher script:
 * those of npm packages pass on neither signals nor the IPC channel.
 */
export function findProgram(name: Program, module: string): string | undefined {
  const folders = [module, import.meta.filename].flatMap(parents).map((folder) => join(folder, "node_modules", ".bin"));
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), ...folders]) {
    const found = real(join(folder, name + EXTENSION));
    const binary = found && (isBinary(found) ? found : packaged(name, found));
    if (binary) return binary;
  }
  return undefined;
}

function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parents(parent)];
}

function real(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? realpathSync(path) : undefined;
}

/** Programs have zero bytes near their beginning, and scripts have none. */
function isBinary(path: string): boolean {
  const start = Buffer.alloc(64, " ");
  const file = openSync(path, "r");
  readSync(file, start);
  closeSync(file);
  return start.includes(0);
}

/** Where npm keeps the binary for this platform; it is put in the launcher's place on installing, where scripts may run. */
const PACKAGES: Readonly<Record<Program, readonly [string, string]>> = {
  bun: ["@oven", join("bin", "bun")],
  deno: ["@deno", "deno"],
};

function packaged(name: Program, launcher: string): string | undefined {
  const [scope, path] = PACKAGES[name];
  return parents(launcher)
    .map((folder) => join(folder, "node_modules", scope))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((platform) => join(folder, platform, path + EXTENSION)))
    .find((file) => existsSync(file) && isBinary(file));
}
