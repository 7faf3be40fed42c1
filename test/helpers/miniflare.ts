import { build } from "esbuild";
import { Miniflare } from "miniflare";

/** How a Worker is started; each part has a default. */
export interface WorkerOptions {
  /** Durable Objects: binding name to exported class. */
  readonly objects?: Readonly<Record<string, string>>;
  /** What they have: SQLite by default; `legacy-kv` is what a class of `new_classes` has. */
  readonly storage?: "sqlite" | "legacy-kv";
  readonly compatibilityDate?: string;
  readonly compatibilityFlags?: readonly string[];
  /** What names stand for in the sources, as JSON. */
  readonly define?: Readonly<Record<string, string>>;
  /** Plain text bindings. */
  readonly vars?: Readonly<Record<string, string>>;
}

/** A Worker that runs in workerd. */
export interface RunningWorker {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** The same with `ws:`. */
  readonly ws: string;
  /** What the Worker wrote to its console, and what workerd had to say. */
  readonly logs: readonly string[];
  /** Puts the object of this name out of memory. Its sockets hibernate, or are dropped with "close". Fails when it isn't running. */
  evict(binding: string, name: string, webSockets?: "hibernate" | "close"): Promise<void>;
  /** Ends it. Rejects when it left a rejection unhandled. */
  dispose(): Promise<void>;
}

const SCRIPT = "worker";

/** workerd, 2026-11, says nothing of a rejection that nobody handles. */
const UNHANDLED = "unhandled rejection:";
const TELL_UNHANDLED = `addEventListener("unhandledrejection", ({ reason }) => console.error("${UNHANDLED}", reason?.stack ?? reason));`;

/** Bundles a Worker as wrangler would, from the library's sources. `entry` is a path, or TypeScript with line breaks. */
export async function bundleWorker(
  entry: string,
  minify = false,
  define: WorkerOptions["define"] = {},
): Promise<string> {
  const source = entry.includes("\n") ? { stdin: inline(entry) } : { entryPoints: [entry] };
  const { outputFiles } = await build({
    ...source,
    bundle: true,
    write: false,
    minify,
    define,
    format: "esm",
    target: "es2024",
    conditions: ["onesocket-source", "workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

/** Bundles a Worker and starts it in workerd through Miniflare, on a free port of 127.0.0.1. */
export async function startWorker(entry: string, options: WorkerOptions = {}): Promise<RunningWorker> {
  const objects = Object.entries(options.objects ?? {});
  const logs: string[] = [];
  const miniflare = new Miniflare({
    cf: false,
    host: "127.0.0.1",
    port: 0,
    handleStructuredLogs: ({ message }: { message: string }) => void logs.push(message),
    workers: [
      {
        config: {
          name: SCRIPT,
          compatibilityDate: options.compatibilityDate ?? "2026-04-07",
          compatibilityFlags: [...(options.compatibilityFlags ?? [])],
          manifest: {
            mainModule: "index.js",
            modulesRoot: "/",
            modules: {
              "index.js": {
                type: "esm",
                contents: `${TELL_UNHANDLED}\n${await bundleWorker(entry, false, options.define)}`,
              },
            },
          },
          env: {
            ...Object.fromEntries(
              Object.entries(options.vars ?? {}).map(([name, value]) => [name, { type: "text", value }]),
            ),
            ...Object.fromEntries(
              objects.map(([name, exportName]) => [name, { type: "durable-object", worker: SCRIPT, exportName }]),
            ),
          },
          exports: Object.fromEntries(
            objects.map(([, exportName]) => [
              exportName,
              { type: "durable-object", storage: options.storage ?? "sqlite" },
            ]),
          ),
        },
      },
    ],
  } as ConstructorParameters<typeof Miniflare>[0]);
  const { origin, host } = await miniflare.ready;
  return {
    url: origin,
    ws: `ws://${host}`,
    logs,
    evict: (binding, name, webSockets = "hibernate") =>
      miniflare.unsafeEvictDurableObject(SCRIPT, options.objects![binding]!, { name, webSockets }),
    async dispose() {
      await miniflare.dispose();
      const unhandled = logs.filter((line) => line.startsWith(UNHANDLED));
      if (unhandled.length > 0) throw new Error(unhandled.join("\n"));
    },
  };
}

function inline(contents: string): { contents: string; loader: "ts"; resolveDir: string; sourcefile: string } {
  return { contents, loader: "ts", resolveDir: import.meta.dirname, sourcefile: "worker.ts" };
}
