import { isMainThread, type ResourceLimits, Worker, workerData } from "node:worker_threads";
import type { Body, Start, Watch } from "../body.ts";
import type { FromPrimary } from "../messages.ts";
import type { Weighed } from "../outflow.ts";
import { SharedFlow, type Taken, take } from "./flow.ts";

/** What a thread is given, by which it knows that it is one of ours. */
export interface Place {
  readonly onesocket: "thread";
  readonly index: number;
  /** What the main thread has taken of what this one has published. */
  readonly up: Taken;
  /** What this one has taken. */
  readonly down: Taken;
}

/** What this thread was given; undefined for none of ours. */
export function ownPlace(): Place | undefined {
  return !isMainThread && (workerData as Place | undefined)?.onesocket === "thread" ? workerData : undefined;
}

/** Starts a program in threads. */
export function startThread(program: string, resourceLimits: ResourceLimits | undefined): Start {
  return (index, watch) => {
    const place: Place = { onesocket: "thread", index, up: newTaken(), down: newTaken() };
    const argv = process.argv.slice(2);
    return new WorkerThread(
      new Worker(program, { workerData: place, argv, ...(resourceLimits && { resourceLimits }) }),
      place,
      watch,
    );
  };
}

function newTaken(): Taken {
  return new Int32Array(new SharedArrayBuffer(4));
}

class WorkerThread implements Body {
  readonly #worker: Worker;
  readonly id: number;
  readonly name: string;
  readonly flow: SharedFlow;
  isDead = false;

  constructor(worker: Worker, { up, down }: Place, watch: Watch) {
    this.#worker = worker;
    this.id = worker.threadId;
    this.name = `thread ${this.id}`;
    this.flow = new SharedFlow((message: Weighed) => worker.postMessage(message), down);
    let failed: string | undefined;
    worker.on("message", (message) => {
      take(up, message);
      watch.receive(message);
    });
    worker.on("messageerror", () => {});
    worker.once("error", (error) => {
      failed = wordsOf(error);
    });
    worker.once("exit", (code) => {
      this.isDead = true;
      watch.ended(failed ?? `exit code ${code}`);
    });
  }

  send(message: FromPrimary): void {
    this.#worker.postMessage(message);
  }

  kill(): void {
    this.#worker.terminate().catch(() => {});
  }
}

/** What it threw is not told by Node, as a process's would be. */
function wordsOf(error: unknown): string {
  const { code, stack = String(error) } = Object(error) as { readonly code?: unknown; readonly stack?: string };
  return typeof code === "string" ? `${code}: ${(error as Error).message}` : stack;
}
