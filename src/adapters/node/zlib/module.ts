let loaded: typeof import("node:zlib") | undefined;

/** Node's zlib, loaded when it is first needed: definitions that compress are imported by other runtimes too. */
export function zlib(): typeof import("node:zlib") {
  loaded ??= process.getBuiltinModule("node:zlib");
  return loaded;
}
