/** The layers of the core, each a folder of `src/core`, which may import those before it: test/boundaries.test.ts holds them to it. */
export const LAYERS: readonly string[] = [
  "protocol",
  "rpc",
  "history",
  "presence",
  "storage",
  "contract",
  "rooms",
  "session",
  "upgrade",
];
