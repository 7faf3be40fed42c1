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
  else if (event.type === "failed") return;
  else if (event.type === "warning" || event.failure.code === "ORIGIN_REJECTED") {
    console.warn(`onesocket: ${event.definition}: ${event.failure.code}: ${event.failure.detail ?? ""}`);
  }
};

/** An execution context for runtimes that have none: work goes on by itself, and its failure is told. */
export function executionContext(observe: Observer): ExecutionContext {
  return {
    waitUntil: (promise) => void promise.catch((error) => tell(observe, { type: "error", error, definition: "" })),
    passThroughOnException() {},
    props: {},
  };
}
