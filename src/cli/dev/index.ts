import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Complaint, reason } from "../complaint.ts";
import { findPackage } from "../find-package.ts";
import { launch } from "./launch.ts";
import { DEV_USAGE, type DevOptions, devOptions } from "./options.ts";
import type { Report } from "./runner.ts";

/** How long a runner may take to close its sockets before it is ended by force: twice what it allows itself. */
const LEAVE_MS = 4000;

/** `onesocket dev <module>`. Resolves with the exit code; throws a Complaint when the module can't be served. */
export async function dev(args: readonly string[]): Promise<number> {
  const options = devOptions(args);
  if (!options) {
    process.stdout.write(DEV_USAGE);
    return 0;
  }
  const other = otherCopy(options);
  return other ? ((await import(other)) as typeof import("./index.ts")).dev(args) : serve(options);
}

/**
 * This file of the copy of the library that the module imports, if it is another than ours (installed globally, say):
 * a host and the routes that it serves must share one.
 */
function otherCopy({ module }: DevOptions): string | undefined {
  const own = realpathSync(new URL("../../../package.json", import.meta.url));
  const theirs = findPackage("onesocket", module);
  if (theirs === undefined || realpathSync(theirs) === own) return undefined;
  const file = new URL("dist/cli/dev/index.js", pathToFileURL(theirs));
  return existsSync(file) ? file.href : undefined;
}

async function serve(options: DevOptions): Promise<number> {
  await checkPort(options);
  const child = launch(options);
  const { signal: left } = leaveWith(child);
  let report: Report | undefined;
  child.once("message", (message: Report) => {
    report = message;
    if ("ready" in message) process.stdout.write(`ready ${url(options.host, message.ready)} (${options.on})\n`);
  });
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(child, "disconnect")]).catch((error) => {
    throw new Complaint(`cannot start ${options.on}: ${reason(error)}`);
  });
  if (left.aborted || (report && "ready" in report && code === 0)) return 0;
  if (!report) throw new Complaint(`${options.on} ended with ${code ?? signal} before it was ready`);
  if ("failed" in report) throw new Complaint(report.failed);
  console.error(`onesocket: ${options.on} ended with ${code ?? signal}`);
  return 1;
}

function url(host: string, port: number): string {
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Asks for the port once, before a runtime is started: each would complain in its own words. */
async function checkPort({ host, port }: DevOptions): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Complaint(
      code === "EADDRINUSE" ? `port ${port} is taken` : `cannot listen on ${url(host, port)}: ${reason(error)}`,
    );
  }
  await new Promise((resolve) => server.close(resolve));
}

/** Passes the wish to leave on to the runner, which closes its sockets first. */
function leaveWith(child: ChildProcess): AbortController {
  const left = new AbortController();
  const leave = () => {
    if (left.signal.aborted) return;
    left.abort();
    // No signal: Miniflare would end by it, and at once.
    if (child.connected) child.disconnect();
    setTimeout(() => endGroup(child), LEAVE_MS).unref();
  };
  process.on("SIGINT", leave).on("SIGTERM", leave);
  if (process.env.npm_lifecycle_script?.includes("onesocket")) watchParent(leave);
  return left;
}

/** The runner leads a group of its own: workerd is in it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
}

/** npm 11 (2026-11) sends SIGTERM to a shell, which may die of it and not tell us. */
function watchParent(leave: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || leave(), 250).unref();
}
