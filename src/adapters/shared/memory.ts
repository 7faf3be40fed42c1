import { isAllowed } from "./allowed.ts";

/** What is used here of Node's `process`, which Bun and Deno have too. */
declare const process: {
  constrainedMemory(): number;
  getBuiltinModule(name: "node:os"): { totalmem(): number };
  getBuiltinModule(name: "node:v8"): { getHeapStatistics(): { readonly heap_size_limit: number } };
};

/** Bytes of memory that this process may use: what its container allows, or the machine has. */
export function processMemory(): number {
  // V8's own limit is made from it, and may be asked for.
  if (!isAllowed({ name: "sys", kind: "systemMemoryInfo" }))
    return process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit;
  // 0 stands for none.
  return Math.min(process.constrainedMemory() || Infinity, process.getBuiltinModule("node:os").totalmem());
}
