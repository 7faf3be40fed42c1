import { platform } from "../platform.ts";

/** Resolves after a time, or when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = platform.after(ms, wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
  });
}

/** As the promise, or rejects after a time: whoever `who` is did not answer. */
export function within<Result>(ms: number, promise: Promise<Result>, who: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new Error(`${who} did not answer within ${ms} ms`));
    // In two steps: the answer may have come while the process was busy, and is read between them.
    let cancel = platform.after(ms, () => {
      cancel = platform.after(0, expire);
    });
    promise.then(resolve, reject).finally(() => cancel());
  });
}
