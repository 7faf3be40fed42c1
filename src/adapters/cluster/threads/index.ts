import cluster from "node:cluster";
import { isMainThread, type ResourceLimits } from "node:worker_threads";
import type { Observer } from "../../../core/contract/observer.ts";
import { consoleObserver } from "../../shared/console.ts";
import { Supervisor, type Team, workerCount } from "../supervisor.ts";
import { type Run, work } from "../worker.ts";
import { ownThreadData, startThread } from "./thread.ts";
import { toMain } from "./upstream.ts";

export type { Team } from "../supervisor.ts";
export type { Run, Served } from "../worker.ts";
export type { WorkersDrained } from "../worker-handle.ts";

/** Options of {@link threads}. */
export interface ThreadsOptions {
  /** Told when one dies. Default: the console. */
  readonly observe?: Observer | undefined;
  /** Memory that each may take, as Node's `Worker` has it, such as `{ maxOldGenerationSizeMb: 512 }`. Default: Node's. */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** What `threads` resolves with, in the main thread. */
export interface Threads extends Team {
  /** The `threadId` of those that serve now. */
  readonly threadIds: readonly number[];
}

class ThreadSupervisor extends Supervisor implements Threads {
  get threadIds(): readonly number[] {
    return this.ids;
  }
}

/**
 * Serves in several threads of this process (`node:worker_threads`), whose rooms `broker` joins: what `workers` of `onesocket/cluster` does with processes.
 * `threads("all", (broker) => serve(chat, { port: 3000, reusePort: true, broker }))`. Threads can't hand connections to one another: they share a
 * port where the system spreads connections among them by `reusePort`; elsewhere each has one of its own, `port: 3000 + index`.
 * The program itself runs in each of them, up to this call: there `run` is called, and the call never returns. In the main thread
 * it resolves when all of them serve; from then on one that dies is replaced, and `observe` told. `count`: how many, or `"all"`, one for each core.
 * Throws a TypeError for a count that is none, for a program that is no file, and when it is called twice; rejects when a thread can't serve.
 */
export async function threads(count: number | "all", run: Run, options: ThreadsOptions = {}): Promise<Threads> {
  const { observe = consoleObserver, resourceLimits } = check(options);
  const many = workerCount("threads", count, run, observe);
  const threadData = ownThreadData();
  if (threadData) return work(run, threadData.index, toMain(threadData));
  if (!isMainThread || cluster.isWorker) throw new Error(OTHERS);
  const supervisor = new ThreadSupervisor(startThread(programFile(), resourceLimits), observe);
  await supervisor.begin(many);
  return supervisor;
}

function check(options: ThreadsOptions): ThreadsOptions {
  if (typeof options !== "object" || options === null)
    throw new TypeError("threads takes options, { observe, resourceLimits }, as its third argument");
  const other = Object.keys(options).find((name) => name !== "observe" && name !== "resourceLimits");
  if (other === undefined) return options;
  throw new TypeError(`threads has no option ${JSON.stringify(other)}: it has observe and resourceLimits`);
}

function programFile(): string {
  const [, file] = process.argv;
  if (file) return file;
  throw new TypeError("threads runs the program once more in each thread, and this one is no file: node server.js");
}

const OTHERS =
  "this is a thread, or a worker, of another program: let that start one process, or use a broker between machines";
