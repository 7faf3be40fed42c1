import cluster, { type Worker } from "node:cluster";
import type { Body, Watch } from "./body.ts";
import type { FromPrimary } from "./messages.ts";
import { Outflow } from "./outflow.ts";

/** By which a worker of ours knows that it is one, and which. */
const MARK = "ONESOCKET_WORKER";

/** Which worker this process is; undefined for none of ours. */
export function ownIndex(): number | undefined {
  const index = process.env[MARK];
  return cluster.isWorker && index !== undefined ? Number(index) : undefined;
}

/** Starts a process. */
export function startProcess(index: number, watch: Watch): Body {
  cluster.setupPrimary({ serialization: "advanced" });
  return new WorkerProcess(cluster.fork({ [MARK]: `${index}` }), watch);
}

class WorkerProcess implements Body {
  readonly #worker: Worker;
  readonly name: string;
  readonly id: number;
  readonly flow: Outflow = new Outflow((message, written) => this.#send(message as FromPrimary, written));

  constructor(worker: Worker, watch: Watch) {
    this.#worker = worker;
    this.id = worker.process.pid ?? 0;
    this.name = `worker ${this.id}`;
    worker.on("message", (message) => watch.receive(message));
    worker.on("error", () => {});
    worker.once("exit", (code: number | null, signal: string | null) => watch.ended(signal ?? `exit code ${code}`));
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
