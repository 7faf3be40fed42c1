import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Complaint } from "../complaint.ts";
import { findProgram, type Program } from "../find-program.ts";
import type { DevOptions, Runtime } from "./options.ts";

/** Whether this is a checkout: then the library is run from its sources on every runtime. */
const SOURCES = import.meta.url.endsWith(".ts");

const CONDITIONS = SOURCES ? ["--conditions=onesocket-source"] : [];

// Node before 22.18 runs TypeScript only when told to.
const NODE = [...CONDITIONS, ...(process.features.typescript ? [] : ["--experimental-strip-types"])];

/** How each runtime is started: the program, what comes before the runner, and the runner's name. */
const COMMANDS: Readonly<Record<Runtime, (module: string) => readonly [string, readonly string[], string]>> = {
  node: () => [process.execPath, NODE, "run-node"],
  bun: (module) => [program("bun", module, "https://bun.sh"), CONDITIONS, "run-bun"],
  // The lock file belongs to the user's own `deno` commands.
  deno: (module) => [
    program("deno", module, "https://deno.com"),
    ["run", "-A", "--no-lock", ...CONDITIONS],
    "run-deno",
  ],
  workers: () => [process.execPath, NODE, "run-workers"],
  durable: () => [process.execPath, NODE, "run-workers"],
};

/** Starts the runner of a runtime. What it and the module print goes to stderr; it reports over IPC. */
export function launch(options: DevOptions): ChildProcess {
  const [command, flags, name] = COMMANDS[options.on](options.module);
  const runner = fileURLToPath(new URL(`./${name}${SOURCES ? ".ts" : ".js"}`, import.meta.url));
  // Detached: a terminal's Ctrl-C is for the command alone, which leads its runner out.
  return spawn(command, [...flags, runner, JSON.stringify(options)], {
    stdio: ["ignore", 2, 2, "ipc"],
    detached: true,
  });
}

function program(name: Program, module: string, home: string): string {
  const found = findProgram(name, module);
  if (!found) throw new Complaint(`${name} was not found: install it (${home}), or npm install --save-dev ${name}`);
  return found;
}
