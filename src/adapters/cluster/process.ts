import cluster, { type Worker } from "node:cluster";
import { ProcessSender } from "./bounded-sender.ts";
import type { FromPrimary } from "./messages.ts";
import type { UnitListener, WorkerUnit } from "./worker-unit.ts";

/** The environment variable by which a worker of ours knows that it is one, and which. */
const MARK = "ONESOCKET_WORKER";

/** Which worker this process is; undefined where it is none of ours. */
export function ownIndex(): number | undefined {
  const index = process.env[MARK];
  return cluster.isWorker && index !== undefined ? Number(index) : undefined;
}

/** Starts a process. */
export function startProcess(index: number, listener: UnitListener): WorkerUnit {
  cluster.setupPrimary({ serialization: "advanced" });
  return new WorkerProcess(cluster.fork({ [MARK]: `${index}` }), listener);
}

class WorkerProcess implements WorkerUnit {
  readonly #worker: Worker;
  readonly name: string;
  readonly id: number;
  readonly batches: ProcessSender = new ProcessSender((message, written) =>
    this.#send(message as FromPrimary, written),
  );

  constructor(worker: Worker, listener: UnitListener) {
    this.#worker = worker;
    this.id = worker.process.pid ?? 0;
    this.name = `worker ${this.id}`;
    worker.on("message", (message) => listener.receive(message));
    worker.on("error", () => {});
    worker.once("exit", (code: number | null, signal: string | null) => listener.ended(signal ?? `exit code ${code}`));
  }

  get isDead(): boolean {
    return this.#worker.isDead();
  }

  send(message: FromPrimary): void {
    this.#send(message, () => {});
  }

  #send(message: FromPrimary, written: (error: Error | null) => void): void {
    if (this.#worker.isConnected()) this.#worker.send(message, undefined, undefined, written);
    else written(null);
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }
}
