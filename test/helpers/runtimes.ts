import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ChildServer, startChild } from "./child.ts";

const MODULES = join(import.meta.dirname, "../../node_modules");

/** The runtimes that a program of ours is simply run by. */
export type ProcessRuntime = "node" | "bun" | "deno";

const SOURCE = "--conditions=onesocket-source";

/** The command of each, from the library's sources; a rejection that nobody handles ends it. */
export const COMMANDS: Readonly<Record<ProcessRuntime, () => readonly [command: string, ...args: string[]]>> = {
  node: () => [process.execPath, SOURCE, "--expose-gc"],
  // Bun 1.4.5 (2026-11) by itself prints the rejection, and goes on.
  bun: () => [join(MODULES, ".bin/bun"), SOURCE, "--unhandled-rejections=throw"],
  // The binary itself: npm's shim does not pass signals on.
  deno: () => [
    join(MODULES, "@deno", readdirSync(join(MODULES, "@deno"))[0]!, "deno"),
    ...["run", "--quiet", "--no-check", "--allow-net", "--allow-read", "--allow-env", SOURCE],
    "--v8-flags=--expose-gc",
  ],
};

/** Starts a program that prints `ready PORT` once it listens. */
export function startOn(runtime: ProcessRuntime, file: string, ...args: string[]): Promise<ChildServer> {
  const [command, ...flags] = COMMANDS[runtime]();
  return startChild(command, [...flags, file, ...args]);
}
