import * as nodeModule from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { serve } from "../../adapters/node/index.ts";
import type { DevOptions } from "./options.ts";
import { loadTarget, reportFiles, run } from "./runner.ts";

await run(async (options) => {
  if (options.watch) reportImports(options);
  const target = await loadTarget(options);
  return async (port) => {
    const server = await serve(target, { port, hostname: options.host, env: { ...process.env } });
    return {
      port: server.port,
      async stop(code) {
        await server.drain({ code });
        await server.close();
      },
    };
  };
});

/** Tells of every file that is imported or required from now on. Before Node 22.15 there is no way: then only the module itself is watched. */
function reportImports({ module }: DevOptions): void {
  reportFiles([module]);
  nodeModule.registerHooks?.({
    resolve(specifier, context, next) {
      let url: string | undefined;
      try {
        const resolved = next(specifier, context);
        ({ url } = resolved);
        return resolved;
      } finally {
        // One that is not there may be written next.
        url ??= /^\.{0,2}\//.test(specifier) ? URL.parse(specifier, context.parentURL)?.href : undefined;
        if (url?.startsWith("file:")) reportFiles([fileURLToPath(url)]);
      }
    },
  });
}
