import { type Observer, tell } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import { finished } from "../../core/contract/thenable.ts";
import type { ExecutionContext } from "../../core/upgrade/serve.ts";

/** The timers and randomness of the globals, which all runtimes share. */
export const platform: Platform = {
  now: () => Date.now(),
  after(ms, run, idle) {
    const timer = setTimeout(run, ms);
    // A number in workerd, where nothing is kept alive by it.
    if (idle) (timer as { unref?(): void }).unref?.();
    return () => clearTimeout(timer);
  },
  // It is in lower case anyway. But Node 24 (2026-11) joins 20 strings, and keeps them all as long as nothing reads the result: 450 bytes.
  randomId: () => crypto.randomUUID().toLowerCase(),
};

/** An execution context for runtimes that have none: work goes on by itself, and its failure is told. */
export function executionContext(observe: Observer): ExecutionContext {
  return {
    waitUntil(promise) {
      finished(promise, (error) => tell(observe, { type: "error", error, definition: "" })).catch(() => {});
    },
    passThroughOnException() {},
    props: {},
  };
}
