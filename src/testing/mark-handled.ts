/**
 * Marks a promise as handled, as Web IDL says of it: a test may await it later than it rejects, after it has moved the clock, say, and
 * runners fail a run for a rejection that nobody listens to yet.
 */
export function markHandled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
