import process from "node:process";
import { pathToFileURL } from "node:url";
import { liveRooms } from "../../core/rooms/registry.ts";
import type { Target } from "../../core/upgrade/serve.ts";
import { checkTarget } from "../../core/upgrade/serve.ts";
import { Complaint, reason } from "../complaint.ts";
import type { DevOptions } from "./options.ts";

/** What a runner tells its command, once. */
export type Report = { readonly ready: number } | { readonly failed: string };

/** A server that a runner started. */
export interface Running {
  readonly port: number;
  /** Takes no more connections, closes every socket with 1001 and resolves when they are gone. */
  stop(): Promise<unknown>;
}

/** How long the sockets' closing may take. */
const STOP_MS = 2000;

/** The life of a runner: starts, reports, and leaves when its command lets go of it or is gone. */
export async function run(start: (options: DevOptions) => Promise<Running>): Promise<void> {
  let server: Running | undefined;
  const leave = once(async () => {
    await Promise.race([server?.stop(), sleep(STOP_MS)]).catch(console.error);
    process.exit(0);
  });
  process.on("disconnect", leave).on("SIGTERM", leave).on("SIGINT", leave);
  if (!process.connected) leave();
  const options = JSON.parse(process.argv[2]!) as DevOptions;
  try {
    server = await start(options);
    report({ ready: server.port }, () => {});
  } catch (error) {
    report({ failed: sentence(error, options) }, () => process.exit(2));
  }
}

/** A Complaint says it all; of anything else the module's author needs to see where it came from. */
function sentence(error: unknown, { name, on }: DevOptions): string {
  if (error instanceof Complaint) return error.message;
  console.error(error);
  return `${name} cannot be served on ${on}: ${reason(error).split("\n")[0]}`;
}

function report(report: Report, sent: () => void): void {
  process.send!(report, sent);
}

/** The module's default export. Throws a Complaint when nothing can be served. */
export async function loadTarget({ module, name }: DevOptions): Promise<Target> {
  const { default: target } = (await import(pathToFileURL(module).href)) as { default?: unknown };
  try {
    checkTarget(target);
    return target;
  } catch {
    throw nothingToServe(name);
  }
}

export function nothingToServe(name: string): Complaint {
  return new Complaint(
    `${name} has nothing to serve: its default export is neither a definition (defineSocket) nor an app with a fetch method`,
  );
}

/** Closes every socket of this process with 1001; resolves when their last handlers have ended. */
export async function closeSockets(): Promise<void> {
  while (!liveRooms().next().done) {
    for (const room of liveRooms()) room.close({}, 1001);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function once(work: () => unknown): () => void {
  let begun = false;
  return () => {
    if (!begun) work();
    begun = true;
  };
}
