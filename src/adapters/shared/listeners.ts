/** The listeners that this library has added to servers, and the functions that it has servers ask. */
const ours = new WeakSet<object>();

/** Remembers a listener of `upgrade`, or a server's `shouldUpgradeCallback`, for one of ours. */
export function noteOurs(listener: object): void {
  ours.add(listener);
}

/** Whether it is one of ours. */
export function isOurs(listener: object): boolean {
  return ours.has(listener);
}
