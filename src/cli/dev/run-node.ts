import process from "node:process";
import { serve } from "../../adapters/node/index.ts";
import { loadTarget, run } from "./runner.ts";

await run(async (options) => {
  const { port, host: hostname } = options;
  const server = await serve(await loadTarget(options), { port, hostname, env: { ...process.env } });
  return { port: server.port, stop: () => server.close() };
});
