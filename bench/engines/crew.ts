/** Ends in the workers of one program: what lies between them is its primary process, which passes on their parent's orders. */
import cluster, { type Worker } from "node:cluster";
import process from "node:process";
import { workers } from "onesocket/cluster";
import { connectBy } from "../../src/adapters/cluster/broker.ts";
import { toPrimary } from "../../src/adapters/cluster/upstream.ts";
import { join, type Order, type Told } from "./end.ts";

/** An order for one of them, and what one of them has told. */
export interface Passed<What> {
  readonly end: number;
  readonly what: What;
}

process.on("disconnect", () => process.exit());
const count = Number(process.argv[2] ?? 2);
const told = new Map<Worker, Told>();
cluster.on("message", (worker, message) => {
  if (!("heard" in message)) return;
  const end = ends.indexOf(worker);
  if (end < 0) told.set(worker, message);
  else process.send!({ end, what: message } satisfies Passed<Told>);
});
let ends: Worker[] = [];
await workers(count, () => {
  const take = join(connectBy(toPrimary), (what) => process.send!(what));
  process.on("message", (message: Partial<Order>) => {
    if ("do" in message) take(message as Order);
  });
  const drained = { sockets: 0, clean: 0, lost: 0 };
  return { drain: () => Promise.resolve(drained), close: () => Promise.resolve() };
});
ends = Object.values(cluster.workers ?? {}) as Worker[];
for (const [end, worker] of ends.entries()) {
  const early = told.get(worker);
  if (early) process.send!({ end, what: early } satisfies Passed<Told>);
}
process.on("message", ({ end, what }: Passed<Order>) => void ends[end]?.send(what));
