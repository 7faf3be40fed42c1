import type { MiniflareOptions } from "miniflare";
import { COMPATIBILITY } from "./compatibility.ts";
import { sourcePositions } from "./source-positions.ts";
import type { WorkerBundle } from "./worker-bundler.ts";

const WORKER = "onesocket";
const ENTRY = "worker.js";

/** wrangler's words for kinds of modules, in Miniflare's. */
const TYPES = { esm: "esm", commonjs: "cjs", "compiled-wasm": "wasm", text: "text", buffer: "data" } as const;

/** A bundle as Miniflare 5 takes it. `objects`: classes of Durable Objects, which are the names of their bindings too. */
export function workerOptions(
  { path, entrypointSource, modules }: WorkerBundle,
  objects: readonly string[],
  { host, port }: { readonly host: string; readonly port: number },
): MiniflareOptions {
  const others = modules.map(({ name, content, type = "esm" }) => [name, { type: TYPES[type], contents: content }]);
  const inSources = sourcePositions(`${path}.map`, ENTRY);
  return {
    cf: false,
    host,
    port,
    handleStructuredLogs({ message }: { message: string }) {
      // Of our own classes, which are not there when the module throws.
      if (!/^A DurableObjectNamespace in the config referenced the class "Rooms/.test(message))
        console.error(inSources(message));
    },
    workers: [
      {
        config: {
          name: WORKER,
          ...COMPATIBILITY,
          manifest: {
            mainModule: ENTRY,
            modulesRoot: "/",
            modules: { [ENTRY]: { type: "esm", contents: entrypointSource }, ...Object.fromEntries(others) },
          },
          env: record(objects, (exportName) => ({ type: "durable-object", worker: WORKER, exportName })),
          exports: record(objects, () => ({ type: "durable-object", storage: "sqlite" })),
        },
      },
    ],
  };
}

function record<Value>(names: readonly string[], value: (name: string) => Value): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
