import { startWorker } from "../helpers/miniflare.ts";
import { contract } from "./contract.ts";

const names = [
  ...["Main", "Echo", "Small", "Gated", "Hurried", "Counted", "Versions"],
  ...["Strict", "Friends", "Anyone", "Faulty", "Careful", "Slow"],
];

contract("durable", async () => {
  const { url, logs, evict, dispose } = await startWorker(`${import.meta.dirname}/hosts/durable.ts`, {
    compatibilityFlags: ["enable_request_signal"],
    vars: { GREETING: "hello" },
    objects: Object.fromEntries(names.map((name) => [name.toUpperCase(), name])),
  });
  return { url, logs, stop: dispose, evict: (definition, room) => evict(definition.toUpperCase(), room) };
});
