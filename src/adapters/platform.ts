import { FAILURES, type Failure } from "../core/failures.ts";
import type { ExecutionContext } from "../core/host.ts";
import { type Observer, tell } from "../core/observer.ts";
import type { Platform } from "../core/platform.ts";

/** The timers and randomness of the globals, which all runtimes share. */
export const platform: Platform = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  randomId: () => crypto.randomUUID(),
};

/** The observer of a host that was given none: what an operator should not miss, on the console. */
export const consoleObserver: Observer = (event) => {
  if (event.type === "error") console.error(`onesocket: ${event.definition}: a hook failed:`, event.error);
  else if (event.type === "warning" || (event.type === "refused" && isOurs(event.failure))) {
    console.warn(`onesocket: ${event.definition}: ${event.failure.code}: ${event.failure.detail ?? ""}`);
  }
};

/** What the program, rather than the client, may have to change. A hook's error has been told already. */
function isOurs({ code }: Failure): boolean {
  return code === "ORIGIN_REJECTED" || (FAILURES[code][0] === 500 && code !== "HANDLER_ERROR");
}

/** An execution context for runtimes that have none: work goes on by itself, and its failure is told. */
export function executionContext(observe: Observer): ExecutionContext {
  return {
    waitUntil: (promise) => void promise.catch((error) => tell(observe, { type: "error", error, definition: "" })),
    passThroughOnException() {},
    props: {},
  };
}
