interface Builtins {
  readonly crypto: typeof import("node:crypto");
  readonly http: typeof import("node:http");
  readonly http2: typeof import("node:http2");
  readonly https: typeof import("node:https");
  readonly tls: typeof import("node:tls");
}

const loaded: Partial<Record<keyof Builtins, unknown>> = {};

/**
 * One of Node's own modules, loaded when it is first needed. To `import` node:http or node:crypto makes everything that they
 * export, undici and Web Crypto among it: 30 ms of a program's beginning, where the module itself takes three (Node 24, 2026-11).
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  loaded[name] ??= process.getBuiltinModule(`node:${name}`);
  return loaded[name] as Builtins[Name];
}
