/**
 * What can be awaited in a value that a hook returned: a promise of any realm, or whatever else has a `then`. Undefined for
 * a plain value. One whose `then` cannot even be read is a promise that rejects with what reading it threw. Never throws.
 */
export function awaitable(value: unknown): PromiseLike<unknown> | undefined {
  if (value === undefined) return undefined;
  try {
    const { then } = value as { readonly then?: unknown };
    return typeof then === "function" ? (value as PromiseLike<unknown>) : undefined;
  } catch (error) {
    // Null has no properties, and is a value.
    return value === null ? undefined : Promise.reject(error);
  }
}

/** Resolves when what can be awaited has settled, or a plain value is given; `failed` takes its failure. Never throws, never rejects. */
export async function finished(work: unknown, failed: (error: unknown) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    failed(error);
  }
}
