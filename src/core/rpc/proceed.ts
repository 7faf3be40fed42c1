/** Whether it can be awaited. Throws what reading it throws. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as Partial<PromiseLike<Value>> | null | undefined)?.then === "function";
}

/** Goes on with a value: at once, or when a promise has brought it. A call that waits for nothing makes no promise. */
export function proceed<Value, Next>(
  value: Value | PromiseLike<Value>,
  next: (value: Value) => Next | PromiseLike<Next>,
): Next | Promise<Next> {
  // Whatever has a `then` may return anything from it: only a promise's own is chained on.
  return isPromise(value) ? Promise.resolve(value).then(next) : (next(value) as Next);
}
