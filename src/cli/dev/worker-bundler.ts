import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { unstable_DevEnv } from "wrangler";
import { Complaint } from "../complaint.ts";
import { COMPATIBILITY } from "./compatibility.ts";
import type { DevOptions } from "./options.ts";

/** A bundle as wrangler makes it: the entry, and the modules that stay what they are, such as WebAssembly and text. */
export interface WorkerBundle {
  /** Where it lies; its source map is beside it. */
  readonly path: string;
  readonly entrypointSource: string;
  readonly modules: readonly {
    readonly name: string;
    readonly content: string | Uint8Array<ArrayBuffer>;
    readonly type?: "esm" | "commonjs" | "compiled-wasm" | "text" | "buffer" | undefined;
  }[];
}

const SOURCES = import.meta.url.endsWith(".ts");
const HOST = fileURLToPath(new URL(`./worker-host${SOURCES ? ".ts" : ".js"}`, import.meta.url));

/** What wrangler reads from the environment, when it is loaded and later. */
export const WRANGLER_ENV: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_WRITE_LOGS: "false",
  ...(SOURCES && { WRANGLER_BUILD_CONDITIONS: "onesocket-source,workerd,worker,browser" }),
};

/** What it asks of the controllers that we put in the place of its own: of a runtime, and of the proxy before it. */
const NOTHING = {
  onConfigUpdate() {},
  onBundleStart() {},
  onReloadStart() {},
  onReloadComplete() {},
  onPreviewTokenExpired() {},
  teardown: async () => {},
};

/**
 * wrangler's own bundler, around an entry of ours: what works under `wrangler dev` works here. It bundles again when a file
 * changes. wrangler 4.155 (2026-11) has it in `unstable_DevEnv`, whose runtime and proxy are replaced: they know no 1012.
 */
export class WorkerBundler {
  readonly #folder = mkdtempSync(join(tmpdir(), "onesocket-"));
  readonly #env: unstable_DevEnv;
  readonly #name: string;
  #outcome: WorkerBundle | Complaint | undefined;
  #wake: (() => void) | undefined;

  constructor(DevEnv: typeof unstable_DevEnv, { name }: DevOptions) {
    this.#name = name;
    // However the runner ends.
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
    const runtime = { ...NOTHING, onBundleComplete: (event: { bundle: WorkerBundle }) => this.#told(event.bundle) };
    this.#env = new DevEnv({ runtimeFactories: [() => runtime as never], proxyFactory: () => NOTHING as never });
    // wrangler has said why, on stderr.
    this.#env.on("buildFailed", () => this.#told(new Complaint(`cannot bundle ${name}`)));
    this.#env.on("error", (error: unknown) => {
      console.error(error);
      this.#told(new Complaint(`cannot bundle ${name}`));
    });
  }

  /** Begins to bundle. Rejects with a Complaint when wrangler can't even begin. */
  async start(entry: string, watch: boolean): Promise<void> {
    const entrypoint = join(this.#folder, "worker.js");
    writeFileSync(entrypoint, entry);
    const dev = { watch, remote: false, persist: false, inspector: false } as const;
    try {
      await this.#env.config.set({ name: "onesocket", entrypoint, ...COMPATIBILITY, dev }, true);
    } catch (cause) {
      console.error(cause);
      throw new Complaint(`cannot bundle ${this.#name}`, { cause });
    }
  }

  #told(outcome: WorkerBundle | Complaint): void {
    this.#outcome = outcome;
    this.#wake?.();
  }

  /** The newest bundle that was not taken yet, once there is one. Rejects with a Complaint when there can't be. */
  async next(): Promise<WorkerBundle> {
    while (!this.#outcome) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome instanceof Complaint) throw outcome;
    return outcome;
  }

  close(): Promise<void> {
    return this.#env.teardown();
  }
}

/** The Worker's entry: a host of ours around the module. */
export function workerEntry(module: string, control: string, objects: readonly string[]): string {
  const text = (value: unknown) => JSON.stringify(value);
  return `import * as module from ${text(module)};
import { WorkerHost } from ${text(HOST)};
const host = new WorkerHost(module, ${text({ control, objects })});
export default { fetch: host.fetch };
${objects.map((name, index) => `export class ${name} extends host.object(${text(name)}, ${index}) {}`).join("\n")}`;
}
