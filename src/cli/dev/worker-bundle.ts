import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import { Complaint } from "../complaint.ts";
import type { DevOptions } from "./options.ts";

/** A Worker around a user's module, as one file. */
export interface WorkerBundle {
  readonly code: string;
  /** The path of the runner's own requests. */
  readonly control: string;
  /** Bindings of Durable Objects, which are the names of their classes too. */
  readonly objects: readonly string[];
}

type Build = typeof import("esbuild").build;

const SOURCES = import.meta.url.endsWith(".ts");
const HOST = fileURLToPath(new URL(`./worker-host${SOURCES ? ".ts" : ".js"}`, import.meta.url));

/** Bundles the module as wrangler would. Throws a Complaint when it can't be bundled. */
export async function bundleWorker(build: Build, { module, name, on }: DevOptions): Promise<WorkerBundle> {
  const bundle = async (source: Pick<BuildOptions, "entryPoints" | "stdin">) => {
    try {
      return await build({ ...SETTINGS, ...source });
    } catch (error) {
      // esbuild has said why, on stderr.
      throw new Complaint(`cannot bundle ${name}`, { cause: error });
    }
  };
  const { metafile } = await bundle({ entryPoints: [module] });
  const control = `/${randomUUID()}`;
  // One for each export: only the Worker itself will see which of them are definitions.
  const objects =
    on === "durable" ? Object.values(metafile.outputs)[0]!.exports.map((_, index) => `Rooms${index}`) : [];
  const stdin = { contents: entry(module, control, objects), resolveDir: dirname(module), sourcefile: "worker.js" };
  const { outputFiles } = await bundle({ stdin });
  return { code: outputFiles[0]!.text, control, objects };
}

const SETTINGS = {
  bundle: true,
  format: "esm",
  target: "es2024",
  conditions: [...(SOURCES ? ["onesocket-source"] : []), "workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
  sourcemap: "inline",
  logLevel: "warning",
  metafile: true,
  write: false,
} satisfies BuildOptions & { metafile: true; write: false };

function entry(module: string, control: string, objects: readonly string[]): string {
  const text = (value: unknown) => JSON.stringify(value);
  return `import * as module from ${text(module)};
import { WorkerHost } from ${text(HOST)};
const host = new WorkerHost(module, ${text({ control, objects })});
export default { fetch: host.fetch };
${objects.map((name, index) => `export class ${name} extends host.object(${text(name)}, ${index}) {}`).join("\n")}`;
}
