import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import { checkObserver, type Observer } from "../../core/contract/observer.ts";
import { consoleObserver } from "../shared/console.ts";
import { Crew, type Workers } from "./primary.ts";
import { type Run, work } from "./worker.ts";

export type { Workers, WorkersDrained } from "./primary.ts";
export type { Run, Served } from "./worker.ts";

let begun = false;

/**
 * Serves in several processes of this machine, by Node's own cluster: they share the port, and `broker` joins their rooms.
 * `workers("all", (broker) => serve(chat, { port: 3000, broker }))`. The program itself runs in each of them, up to this call: there
 * `run` is called, and the call never returns. In the primary process it resolves when all of them serve; from then on one that
 * dies is replaced, and `observe` told (default: the console). `count`: how many, or `"all"`, one for each core.
 * Throws a TypeError for a count that is none, and when it is called twice; rejects when a worker can't serve.
 */
export async function workers(count: number | "all", run: Run, observe: Observer = consoleObserver): Promise<Workers> {
  if (count !== "all" && !(Number.isInteger(count) && count > 0)) {
    throw new TypeError(`workers takes a count from 1 on, or "all", not ${JSON.stringify(count) ?? count}`);
  }
  if (typeof run !== "function")
    throw new TypeError("workers takes what a worker does: (broker) => serve(chat, { broker })");
  checkObserver(observe);
  if (begun) throw new TypeError("workers is called once: a worker can serve several things");
  begun = true;
  if (cluster.isWorker) return isOurs() ? work(run) : Promise.reject(new Error(OTHERS));
  const crew = new Crew(observe);
  await crew.begin(count === "all" ? availableParallelism() : count);
  return crew;
}

function isOurs(): boolean {
  return process.env.ONESOCKET_WORKER === "1";
}

const OTHERS =
  "this process is a worker of another program's cluster, such as pm2's: let that start one process, or use a broker between machines";
