import cluster from "node:cluster";
import type { Observer } from "../../core/contract/observer.ts";
import { consoleObserver } from "../shared/console.ts";
import { ownIndex, startProcess } from "./process.ts";
import { Supervisor, type Team, workerCount } from "./supervisor.ts";
import { toPrimary } from "./upstream.ts";
import { type Run, work } from "./worker.ts";

export type { Team } from "./supervisor.ts";
export type { Run, Served } from "./worker.ts";
export type { WorkersDrained } from "./worker-handle.ts";

/** What `workers` resolves with, in the primary process. */
export interface Workers extends Team {
  /** The process ids of those that serve now. */
  readonly pids: readonly number[];
}

class ProcessSupervisor extends Supervisor implements Workers {
  get pids(): readonly number[] {
    return this.ids;
  }
}

/**
 * Serves in several processes of this machine, by Node's own cluster: they share the port, and `broker` joins their rooms.
 * `workers("all", (broker) => serve(chat, { port: 3000, broker }))`. The program itself runs in each of them, up to this call: there
 * `run` is called, and the call never returns. In the primary process it resolves when all of them serve; from then on one that
 * dies is replaced, and `observe` told (default: the console). `count`: how many, or `"all"`, one for each core.
 * Throws a TypeError for a count that is none, and when it is called twice; rejects when a worker can't serve.
 */
export async function workers(count: number | "all", run: Run, observe: Observer = consoleObserver): Promise<Workers> {
  const many = workerCount("workers", count, run, observe);
  if (cluster.isWorker) return begin(run);
  const supervisor = new ProcessSupervisor(startProcess, observe);
  await supervisor.begin(many);
  return supervisor;
}

async function begin(run: Run): Promise<never> {
  const index = ownIndex();
  if (index === undefined) throw new Error(OTHERS);
  // To a whole group of processes, as a terminal sends it. The primary says what becomes of it, and a worker ends with its primary.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  return work(run, index, toPrimary);
}

const OTHERS =
  "this process is a worker of another program's cluster, such as pm2's: let that start one process, or use a broker between machines";
