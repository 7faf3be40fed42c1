import { startWorker } from "../helpers/miniflare.ts";
import { contract } from "./contract.ts";

contract("workers", async () => {
  const { url, logs, dispose } = await startWorker(`${import.meta.dirname}/hosts/workers.ts`, {
    // Without it nothing tells that a client went away during upgrade.
    compatibilityFlags: ["enable_request_signal"],
    vars: { GREETING: "hello" },
  });
  return { url, logs, stop: dispose };
});
