/**
 * workerd with Durable Objects, by Miniflare: one of ours, or with the word "native" one that someone would write by hand, or with "sharded" rooms of
 * ours that have several.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startWorker } from "../../test/helpers/miniflare.ts";
import { ready, wanted } from "./ready.ts";

const kind = ["native", "sharded"].find((word) => process.argv.includes(word)) ?? "onesocket";
const entry = `durable-${kind}.ts`;
const worker = await startWorker(join(import.meta.dirname, entry), {
  objects: { BENCH: "Bench" },
  vars: { FAN_OUT: wanted.fanOut ? "yes" : "" },
});

/** workerd does the work, in a process of its own. */
function workerd(): number {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("workerd"));
  if (found === undefined) throw new Error("workerd is not among this process's children");
  return found;
}

process.once("SIGTERM", () => void worker.dispose().then(() => process.exit()));
ready(Number(new URL(worker.url).port), workerd(), () => worker.evict("BENCH", "default"));
