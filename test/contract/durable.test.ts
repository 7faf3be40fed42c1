import { startWorker } from "../helpers/miniflare.ts";
import { contract } from "./contract.ts";
import type { RunningHost } from "./runtime.ts";

const names = [
  ...["Main", "Echo", "Small", "Gated", "Hurried", "Counted", "Versions"],
  ...["Strict", "Friends", "Anyone", "Faulty", "Careful", "Slow", "Packed"],
];

async function start(sleepy: boolean): Promise<RunningHost> {
  const worker = await startWorker(`${import.meta.dirname}/hosts/durable.ts`, {
    // Without it nothing tells that a client went away during upgrade.
    compatibilityFlags: ["enable_request_signal"],
    vars: { GREETING: "hello" },
    objects: Object.fromEntries(names.map((name) => [name.toUpperCase(), name])),
  });
  const { url, logs, dispose } = worker;
  const evict = (definition: string, room: string) =>
    worker.evict(definition.toUpperCase(), room).catch((error: Error) => {
      // Asleep already: an auto-response, for one, wakes nobody.
      if (!error.message.includes("not currently running")) throw error;
    });
  return { url, logs, stop: dispose, evict, sleepy };
}

contract("durable", () => start(false));
contract("durable", () => start(true), ", asleep between messages");
