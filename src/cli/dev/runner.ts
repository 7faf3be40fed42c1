import process from "node:process";
import { pathToFileURL } from "node:url";
import { isDefinition } from "../../core/contract/definition.ts";
import { liveRooms } from "../../core/rooms/registry.ts";
import { checkTarget, type Target } from "../../core/upgrade/serve.ts";
import { Complaint, reason } from "../complaint.ts";
import type { Order, Report } from "./messages.ts";
import type { DevOptions } from "./options.ts";

/** A server that a runner started. */
export interface Running {
  readonly port: number;
  /** Takes no more connections, closes every socket with the code and resolves when they are gone. */
  stop(code: number): Promise<unknown>;
}

/** Serves the module that was loaded. */
export type Serve = (port: number) => Promise<Running>;

/** How long the sockets' closing may take. */
const STOP_MS = 2000;

/** Going away (RFC 6455 §7.4.1). */
const GOING_AWAY = 1001;

/**
 * The life of a runner: loads the module, serves it when it is told to, and leaves when its command says so, lets go of
 * it or is gone.
 */
export async function run(load: (options: DevOptions) => Promise<Serve>): Promise<void> {
  let server: Running | undefined;
  const leave = once(async (code: number) => {
    await stopped(server?.stop(code));
    process.exit(0);
  });
  const away = () => leave(GOING_AWAY);
  const { promise: ordered, resolve: order } = Promise.withResolvers<number>();
  process.on("message", (told: Order) => ("leave" in told ? leave(told.leave) : order(told.serve)));
  process.on("disconnect", away).on("SIGTERM", away).on("SIGINT", away);
  if (!process.connected) away();
  const options = JSON.parse(process.argv[2]!) as DevOptions;
  try {
    const serve = await load(options);
    report({ loaded: true });
    server = await serve(await ordered);
    report({ ready: server.port });
  } catch (error) {
    const failed = sentence(error, options);
    await stopped();
    report({ failed }, () => process.exit(2));
  }
}

/** What has to end before this process does, whatever it ends by. */
const parts: (() => Promise<unknown>)[] = [];
let closed: Promise<unknown> | undefined;

/** Has something closed before this process ends: beside the server, or instead of one that there is not yet. */
export function closeAtEnd(close: () => Promise<unknown>): void {
  parts.push(close);
}

/** Resolves when the server has stopped and the parts are closed, or have had their time. Never rejects. */
async function stopped(server?: Promise<unknown>): Promise<void> {
  closed ??= Promise.all(parts.map((close) => close()));
  await Promise.race([Promise.all([server, closed]), sleep(STOP_MS)]).catch(console.error);
}

/** A Complaint says it all; of anything else the module's author needs to see where it came from. */
export function sentence(error: unknown, { name, on }: DevOptions): string {
  if (error instanceof Complaint) return error.message;
  console.error(error);
  return `${name} cannot be served on ${on}: ${reason(error).split("\n")[0]}`;
}

export function report(report: Report, sent: () => void = () => {}): void {
  if (process.connected) process.send!(report, sent);
}

/** Tells the command that the module is made of these files too. What is in node_modules is nobody's to edit. */
export function reportFiles(files: readonly string[]): void {
  const own = files.filter((file) => !reported.has(file) && !/[\\/]node_modules[\\/]/.test(file));
  for (const file of own) reported.add(file);
  if (own.length > 0) report({ files: own });
}

const reported = new Set<string>();

/** The module's default export. Throws a Complaint when nothing can be served. */
export async function loadTarget({ module, name }: DevOptions): Promise<Target> {
  const exports = (await import(pathToFileURL(module).href)) as Record<string, unknown>;
  const { default: target } = exports;
  try {
    checkTarget(target);
    return target;
  } catch {
    throw nothingToServe(name, definitionsOf(exports));
  }
}

/** The names under which a module exports definitions. */
export function definitionsOf(exports: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(exports).filter((name) => isDefinition(exports[name]));
}

/** `definitions`: the names under which the module exports some. */
export function nothingToServe(name: string, definitions: readonly string[]): Complaint {
  const [one] = definitions;
  if (one === undefined)
    return new Complaint(
      `${name} has nothing to serve: its default export is neither a definition (defineSocket) nor an app with a fetch method`,
    );
  return new Complaint(
    `${name} has nothing to serve: its default export has to be the definition or an app. Add: export default ${one};`,
  );
}

/** Closes every socket of this process; resolves when their last handlers have ended. */
export async function closeSockets(code: number): Promise<void> {
  while (!liveRooms().next().done) {
    for (const room of liveRooms()) room.close({}, code);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function once(work: (code: number) => unknown): (code: number) => void {
  let begun = false;
  return (code) => {
    if (!begun) work(code);
    begun = true;
  };
}
