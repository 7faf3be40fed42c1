/**
 * A promise that a test may await later than it rejects, after it has moved the clock, say. Nobody else is told of its failure meanwhile:
 * runners fail a run for a rejection that nobody listens to yet.
 */
export function later<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
