/** What is used here of Node's `process`, which Bun and Deno have too. */
declare const process: {
  constrainedMemory(): number;
  getBuiltinModule(name: "node:os"): { totalmem(): number };
  getBuiltinModule(name: "node:v8"): { getHeapStatistics(): { readonly heap_size_limit: number } };
};

/** `Deno.permissions`, as far as it is used here. */
interface Permissions {
  querySync(permission: { name: "sys"; kind: "systemMemoryInfo" }): { readonly state: string };
}

/** Bytes of memory that this process may use: what its container allows, or the machine has. */
export function processMemory(): number {
  // V8's own limit is made from it, and may be asked for.
  if (!isAllowed()) return process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit;
  // 0 stands for none.
  return Math.min(process.constrainedMemory() || Infinity, process.getBuiltinModule("node:os").totalmem());
}

/** Deno 2.9.5 (2026-11) asks who sits at its terminal, unless it was given --allow-sys. */
function isAllowed(): boolean {
  const { Deno } = globalThis as { Deno?: { readonly permissions: Permissions } };
  return !Deno || Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state === "granted";
}
