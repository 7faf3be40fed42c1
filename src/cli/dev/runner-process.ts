import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { Complaint, reason } from "../complaint.ts";
import { launch } from "./launch.ts";
import type { Order, Report } from "./messages.ts";
import type { DevOptions } from "./options.ts";

/** How long a runner may take to close its sockets before it is ended by force: twice what it allows itself. */
const LEAVE_MS = 4000;

/** A process that loads the module and serves it, as its command sees it. */
export class RunnerProcess {
  /** Resolves with the exit code, or the signal that it died of, when all that it told has come too. */
  readonly ended: Promise<number | string>;
  readonly #on: string;
  readonly #child: ChildProcess;
  readonly #loaded = Promise.withResolvers<"loaded">();
  readonly #ready = Promise.withResolvers<number>();

  /** `hear` is told all that the runner reports. */
  constructor(options: DevOptions, hear: (report: Report) => void) {
    this.#on = options.on;
    this.#child = launch(options);
    this.#child.on("message", (report: Report) => {
      if ("loaded" in report) this.#loaded.resolve("loaded");
      else if ("ready" in report) this.#ready.resolve(report.ready);
      else if ("failed" in report) this.#fail(new Complaint(report.failed));
      else hear(report);
    });
    this.ended = this.#end();
    this.ended.then(
      (how) => this.#fail(new Complaint(`${this.#on} ended with ${how} before it was ready`)),
      (error) => this.#fail(new Complaint(`cannot start ${this.#on}: ${reason(error)}`)),
    );
    // Nobody may ask.
    this.#loaded.promise.catch(() => {});
    this.#ready.promise.catch(() => {});
  }

  async #end(): Promise<number | string> {
    const [[code, signal]] = await Promise.all([once(this.#child, "exit"), once(this.#child, "disconnect")]);
    return code ?? signal;
  }

  #fail(complaint: Complaint): void {
    this.#loaded.reject(complaint);
    this.#ready.reject(complaint);
  }

  /** Resolves when the module can be served. Rejects with a Complaint when it can't. */
  loaded(): Promise<"loaded"> {
    return this.#loaded.promise;
  }

  /** Has the module served on a port, 0 for any free one; resolves with the port. Rejects with a Complaint when that fails. */
  serve(port: number): Promise<number> {
    this.#order({ serve: port });
    return this.#ready.promise;
  }

  /** Has it close its sockets with the code; resolves when it has ended. */
  async leave(code: number): Promise<void> {
    // No signal: Miniflare would end by it, and at once.
    this.#order({ leave: code });
    const timer = setTimeout(() => this.#endGroup(), LEAVE_MS);
    await this.ended.catch(() => {});
    clearTimeout(timer);
  }

  #order(order: Order): void {
    // One that has just ended can't be told, and need not.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** The runner leads a group of its own: workerd is in it. */
  #endGroup(): void {
    const { pid } = this.#child;
    if (pid !== undefined) process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  }
}
