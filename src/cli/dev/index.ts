import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Complaint, reason } from "../complaint.ts";
import { findPackage } from "../find-package.ts";
import { DevServer, url } from "./dev-server.ts";
import { DEV_USAGE, type DevOptions, devOptions } from "./options.ts";

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
  const server = new DevServer(options);
  const leave = () => server.leave();
  process.on("SIGINT", leave).on("SIGTERM", leave);
  if (process.env.npm_lifecycle_script?.includes("onesocket")) watchParent(leave);
  return server.run();
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

/** npm 11 (2026-11) sends SIGTERM to a shell, which may die of it and not tell us. */
function watchParent(leave: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || leave(), 250).unref();
}
