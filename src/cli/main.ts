#!/usr/bin/env node
import { readFileSync } from "node:fs";
import process from "node:process";
import { Complaint } from "./complaint.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Each takes the arguments after its name, and resolves with the exit code. One does not wait for the others' code. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import("./dev/index.ts")).dev,
  doctor: async () => (await import("./doctor/index.ts")).doctor,
  explain: async () => (await import("./explain/index.ts")).explain,
};

const USAGE = `Usage: onesocket <command> [options]

Commands:
  dev <module>     serve a module on Node, Bun, Deno or Cloudflare's runtime
  doctor <url>     find out why a WebSocket does not open, or dies young
  explain <what>   say what a log, bytes or a close code tell of a failed connection

Options:
  --help           what a command takes: onesocket dev --help
  --version
`;

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h") return print(USAGE);
  if (name === "--version" || name === "-v") return print(`${version()}\n`);
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return (await command())(rest);
  throw new Complaint(`${name === undefined ? "no command" : `no command ${name}`}: see onesocket --help`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Complaint)) throw error;
  console.error(`onesocket: ${error.message}`);
  process.exitCode = 2;
}
