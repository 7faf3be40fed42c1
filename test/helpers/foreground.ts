import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { PROGRAMS } from "./programs.ts";

export { freePort, PROGRAMS } from "./programs.ts";

/** A server of another project, in the foreground with a configuration of our own. */
export interface Foreground {
  /** What it wrote to stdout and stderr. */
  readonly said: () => string;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface Start {
  readonly command: string;
  /** Made from the folder that holds the configuration, and is removed in the end. */
  readonly args: (folder: string) => readonly string[];
  /** The name of the configuration's file. */
  readonly file: string;
  readonly configuration: string;
  /** That it listens on when it is ready, on 127.0.0.1. */
  readonly port: number;
  /** What it needs to know beside, and to have in its folder. */
  readonly env?: (folder: string) => NodeJS.ProcessEnv;
  readonly prepare?: (folder: string) => void;
}

/** Whether a command is installed. Under CI it has to be. */
export function isInstalled(command: string, debianPackage: string): boolean {
  const { error } = spawnSync(command, ["-v"], { env: PROGRAMS });
  if (error && process.env.CI === "true")
    throw new Error(`${command} is not installed: apt-get install ${debianPackage}`);
  return error === undefined;
}

/** Starts a server for the test that runs: it ends with it. Rejects with what it wrote when it ends before it listens. */
export async function startForeground(start: Start): Promise<Foreground> {
  const running = await spawnForeground(start);
  // A test that fails leaves no server behind.
  onTestFinished(running.stop);
  return running;
}

/** The same, for whoever stops it. */
export async function spawnForeground(start: Start): Promise<Foreground> {
  const { command, args, file, configuration, port } = start;
  const folder = mkdtempSync(join(tmpdir(), `onesocket-${command}-`));
  writeFileSync(join(folder, file), configuration);
  start.prepare?.(folder);
  const env = { ...PROGRAMS, ...start.env?.(folder), HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(command, args(folder), { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const listen = (chunk: Buffer) => {
    said += chunk;
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const exit = once(child, "close").then(() => rmSync(folder, { recursive: true, force: true }));
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${said}`);
    await sleep(10);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await exit;
  };
  return { said: () => said, stop };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
