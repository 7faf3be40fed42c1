import type { EnvironmentModuleNode, ViteDevServer } from "vite";
import { checkTarget, type Target } from "../../core/upgrade/serve.ts";

/** The module that exports what is served, as Vite loads it. */
export class EntryModule {
  readonly #vite: ViteDevServer;
  readonly #url: string;
  readonly #name: string;
  /** Undefined until it has been loaded. */
  #node: EnvironmentModuleNode | undefined;
  #failed = false;
  /** What Vite has told of. */
  readonly #told = new WeakSet<object>();

  constructor(vite: ViteDevServer, url: string, name: string) {
    this.#vite = vite;
    this.#url = url;
    this.#name = name;
  }

  /** What it exports, anew if one of its files has changed. Rejects with what its code throws, and with a TypeError for what can't be served. */
  async load(): Promise<Target> {
    try {
      const target = (await this.#exports())[this.#name];
      if (target === undefined) throw new TypeError(`${this.#url} exports no ${JSON.stringify(this.#name)}: ${WANTED}`);
      checkTarget(target);
      return target;
    } finally {
      this.#node = await this.#graph.getModuleByUrl(this.#url);
    }
  }

  /** Whether Vite has told of an error by itself: it does so for what it loads, the first time. */
  hasTold(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#told.has(error);
  }

  async #exports(): Promise<Readonly<Record<string, unknown>>> {
    try {
      const exported = await this.#vite.ssrLoadModule(this.#url, { fixStacktrace: true });
      this.#failed = false;
      return exported;
    } catch (error) {
      this.#failed = true;
      if (typeof error === "object" && error !== null) this.#told.add(error);
      throw error;
    }
  }

  /** Whether a file that has changed is one of those that it was loaded from; it is loaded anew then. */
  isMadeOf(file: string): boolean {
    const path = file.replaceAll("\\", "/");
    const changed = [...(this.#graph.getModulesByFile(path) ?? [])];
    if (!this.#node || !(this.#failed || changed.some((module) => isReached(this.#node!, module)))) return false;
    // Vite does so too, but only when its plugins have heard of the change.
    this.#graph.onFileChange(path);
    if (this.#failed) this.#graph.invalidateModule(this.#node);
    return true;
  }

  get #graph() {
    return this.#vite.environments.ssr.moduleGraph;
  }
}

const WANTED = "an app, or a definition (defineSocket)";

/** Whether a module is, or is imported by way of others by, an entry. */
function isReached(
  entry: EnvironmentModuleNode,
  module: EnvironmentModuleNode,
  seen = new Set<EnvironmentModuleNode>(),
): boolean {
  if (module === entry) return true;
  seen.add(module);
  return [...module.importers].some((importer) => !seen.has(importer) && isReached(entry, importer, seen));
}
