import process from "node:process";
import { type BunHandler, bun } from "../../adapters/bun/index.ts";
import { closeSockets, loadTarget, run } from "./runner.ts";

declare const Bun: {
  serve(options: BunHandler & { readonly port: number; readonly hostname: string }): {
    readonly port: number;
    stop(): Promise<void>;
  };
};

await run(async (options) => {
  const { port, host: hostname } = options;
  const handler = bun(await loadTarget(options), { env: { ...process.env } });
  const server = Bun.serve({ ...handler, port, hostname });
  return {
    port: server.port,
    stop() {
      // Stops listening at once; its promise waits for the sockets.
      void server.stop();
      return closeSockets();
    },
  };
});
