/**
 * Whether work failed only because it was told to end: an `AbortError`, as `fetch`, timers and `throwIfAborted` make of a signal that
 * aborts, after this one has. It did as it was asked, so that nobody has to be told. Never throws.
 */
export function isCancelled(signal: AbortSignal, error: unknown): boolean {
  try {
    return signal.aborted && (error as { readonly name?: unknown }).name === "AbortError";
  } catch {
    return false;
  }
}
