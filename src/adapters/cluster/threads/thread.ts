import { isMainThread, type ResourceLimits, Worker, workerData } from "node:worker_threads";
import type { WithBytes } from "../bounded-sender.ts";
import type { FromPrimary } from "../messages.ts";
import type { StartUnit, UnitListener, WorkerUnit } from "../worker-unit.ts";
import { countReceived, type ReceivedBytes, ThreadSender } from "./thread-sender.ts";

/** The `workerData` of a thread, by which it knows that it is one of ours. */
export interface ThreadData {
  readonly onesocket: "thread";
  readonly index: number;
  /** How much the main thread has received of what this one has published. */
  readonly up: ReceivedBytes;
  /** How much this one has received. */
  readonly down: ReceivedBytes;
}

/** The data of this thread; undefined where it is none of ours. */
export function ownThreadData(): ThreadData | undefined {
  return !isMainThread && (workerData as ThreadData | undefined)?.onesocket === "thread" ? workerData : undefined;
}

/** Starts a program in threads. */
export function startThread(program: string, resourceLimits: ResourceLimits | undefined): StartUnit {
  return (index, listener) => {
    const threadData: ThreadData = { onesocket: "thread", index, up: newCounter(), down: newCounter() };
    const argv = process.argv.slice(2);
    return new WorkerThread(
      new Worker(program, { workerData: threadData, argv, ...(resourceLimits && { resourceLimits }) }),
      threadData,
      listener,
    );
  };
}

function newCounter(): ReceivedBytes {
  return new Int32Array(new SharedArrayBuffer(4));
}

class WorkerThread implements WorkerUnit {
  readonly #worker: Worker;
  readonly id: number;
  readonly name: string;
  readonly batches: ThreadSender;
  isDead = false;

  constructor(worker: Worker, { up, down }: ThreadData, listener: UnitListener) {
    this.#worker = worker;
    this.id = worker.threadId;
    this.name = `thread ${this.id}`;
    this.batches = new ThreadSender((message: WithBytes) => worker.postMessage(message), down);
    let failed: string | undefined;
    worker.on("message", (message) => {
      countReceived(up, message);
      listener.receive(message);
    });
    worker.on("messageerror", () => {});
    worker.once("error", (error) => {
      failed = errorText(error);
    });
    worker.once("exit", (code) => {
      this.isDead = true;
      listener.ended(failed ?? `exit code ${code}`);
    });
  }

  send(message: FromPrimary): void {
    this.#worker.postMessage(message);
  }

  kill(): void {
    this.#worker.terminate().catch(() => {});
  }
}

/** With the stack: Node prints nothing of what a thread threw, as it does for a process. */
function errorText(error: unknown): string {
  const { code, stack = String(error) } = Object(error) as { readonly code?: unknown; readonly stack?: string };
  return typeof code === "string" ? `${code}: ${(error as Error).message}` : stack;
}
