import { dirname, isAbsolute, resolve } from "node:path";
import process from "node:process";
import { type BunHandler, bun } from "../../adapters/bun/index.ts";
import type { DevOptions } from "./options.ts";
import { closeSockets, loadTarget, reportFiles, run } from "./runner.ts";

/** `Bun`, as far as it is used here. */
declare const Bun: {
  serve(options: BunHandler & { readonly port: number; readonly hostname: string }): {
    readonly port: number;
    stop(): Promise<void>;
  };
  plugin(plugin: { readonly name: string; setup(build: PluginBuilder): void }): void;
  resolveSync(specifier: string, folder: string): string;
};

interface PluginBuilder {
  onResolve(
    filter: { readonly filter: RegExp },
    resolve: (imported: { readonly path: string; readonly importer: string }) => undefined,
  ): void;
}

await run(async (options) => {
  const { host: hostname } = options;
  if (options.watch) reportImports(options);
  const handler = bun(await loadTarget(options), { env: { ...process.env } });
  return async (port) => {
    const server = Bun.serve({ ...handler, port, hostname });
    return {
      port: server.port,
      stop(code) {
        // Stops listening at once; its promise waits for the sockets.
        server.stop().catch(() => {});
        return closeSockets(code);
      },
    };
  };
});

/** Tells of every file that is imported or required from now on. */
function reportImports({ module }: DevOptions): void {
  reportFiles([module]);
  let asking = false;
  Bun.plugin({
    name: "onesocket",
    setup: (build) =>
      build.onResolve({ filter: /^(?!node:|bun:|data:)/ }, ({ path, importer }) => {
        // `resolveSync` comes here too.
        if (asking) return undefined;
        asking = true;
        const file = fileOf(path, dirname(importer));
        asking = false;
        if (file) reportFiles([file]);
        return undefined;
      }),
  });
}

function fileOf(specifier: string, folder: string): string | undefined {
  try {
    const found = Bun.resolveSync(specifier, folder);
    return isAbsolute(found) ? found : undefined;
  } catch {
    // One that is not there may be written next.
    return specifier.startsWith(".") ? resolve(folder, specifier) : undefined;
  }
}
