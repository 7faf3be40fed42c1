import process from "node:process";
import { fileURLToPath } from "node:url";
import { type DenoHandler, deno } from "../../adapters/deno/index.ts";
import type { DevOptions } from "./options.ts";
import { closeSockets, loadTarget, reportFiles, run } from "./runner.ts";

/** `Deno`, as far as it is used here. */
declare const Deno: {
  serve(
    options: { readonly port: number; readonly hostname: string; onListen(): void },
    fetch: DenoHandler["fetch"],
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  execPath(): string;
  Command: new (
    program: string,
    options: { readonly args: readonly string[]; readonly stderr: "null" },
  ) => { output(): Promise<{ readonly stdout: Uint8Array }> };
};

await run(async (options) => {
  const { host: hostname } = options;
  if (options.watch) await reportGraph(options);
  const { fetch } = deno(await loadTarget(options), { env: { ...process.env } });
  return async (port) => {
    const server = Deno.serve({ port, hostname, onListen() {} }, fetch);
    return {
      port: server.addr.port,
      async stop(code) {
        await closeSockets(code);
        await server.shutdown();
      },
    };
  };
});

/** Tells of every file that the module imports, those too that can't be loaded: `deno info` knows all before anything runs. */
async function reportGraph({ module }: DevOptions): Promise<void> {
  reportFiles([module]);
  const args = ["info", "--json", "--no-lock", module];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  try {
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    const urls = modules.map(({ specifier }) => specifier).filter((url) => url.startsWith("file:"));
    reportFiles(urls.map((url) => fileURLToPath(url)));
  } catch {
    // Its JSON is not promised to stay as it is: then only the module itself is watched.
  }
}
