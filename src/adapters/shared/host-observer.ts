import { checkObserver, type Observer } from "../../core/contract/observer.ts";
import { type Trace, tracing } from "../../core/contract/trace.ts";
import type { HostOptions } from "../../core/upgrade/serve.ts";
import { isAllowed } from "./allowed.ts";
import { consoleObserver } from "./console.ts";

/**
 * The observer of a host: its own or the console, and one that traces beside it, by the option or by `ONESOCKET_DEBUG=1`. `isAsked`
 * says whether that is set. Throws a TypeError for an observer or a `debug` that is none.
 */
export function hostObserver(
  { observe = consoleObserver, debug }: Pick<HostOptions, "observe" | "debug">,
  isAsked: () => boolean,
): Observer {
  checkObserver(observe);
  if (debug !== undefined && typeof debug !== "boolean") throw new TypeError("debug is true or false");
  return (debug ?? isAsked()) ? tracing(observe, print) : observe;
}

const print: Trace = (socket, mark, what) => {
  console.error(`onesocket ${new Date().toISOString().slice(11, 23)} ${socket.slice(0, 8).padEnd(8)} ${mark} ${what}`);
};

/** What is used here of other runtimes' globals. */
interface Globals {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly Deno?: { readonly env: { get(variable: string): string | undefined } };
}

const VARIABLE = "ONESOCKET_DEBUG";

/** Whether `ONESOCKET_DEBUG=1` is set, on a runtime that is not Deno. */
export function isAskedOfProcess(): boolean {
  return (globalThis as Globals).process?.env?.[VARIABLE] === "1";
}

/** The same on a runtime that may be Deno. */
export function isAskedByEnvironment(): boolean {
  const { Deno } = globalThis as Globals;
  if (!Deno) return isAskedOfProcess();
  // Its `process` takes 20 ms to load.
  return isAllowed({ name: "env", variable: VARIABLE }) && Deno.env.get(VARIABLE) === "1";
}
