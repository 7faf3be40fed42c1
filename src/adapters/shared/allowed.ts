/** A permission of Deno's. */
type Permission = { name: "env"; variable: string } | { name: "sys"; kind: "systemMemoryInfo" };

/** `Deno.permissions`, as far as it is used here. */
interface Permissions {
  querySync(permission: Permission): { readonly state: string };
}

/**
 * Whether a program may have what this permission is for; true on all runtimes but Deno. Deno 2.9.5 (2026-11) asks who sits at its
 * terminal for what it was not given by an option such as --allow-env, unless that is looked at before.
 */
export function isAllowed(permission: Permission): boolean {
  const { Deno } = globalThis as { readonly Deno?: { readonly permissions: Permissions } };
  return !Deno || Deno.permissions.querySync(permission).state === "granted";
}
