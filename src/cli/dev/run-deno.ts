import process from "node:process";
import { type DenoHandler, deno } from "../../adapters/deno/index.ts";
import { closeSockets, loadTarget, run } from "./runner.ts";

declare const Deno: {
  serve(
    options: { readonly port: number; readonly hostname: string; onListen(): void },
    fetch: DenoHandler["fetch"],
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

await run(async (options) => {
  const { port, host: hostname } = options;
  const { fetch } = deno(await loadTarget(options), { env: { ...process.env } });
  const server = Deno.serve({ port, hostname, onListen() {} }, fetch);
  return {
    port: server.addr.port,
    async stop() {
      await closeSockets();
      await server.shutdown();
    },
  };
});
