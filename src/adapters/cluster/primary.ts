import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import { checkDrain } from "../../core/session/drain.ts";
import { platform } from "../shared/platform.ts";
import { type End, Hub } from "./hub.ts";
import { type FromPrimary, type FromWorker, ours } from "./messages.ts";

/** How sockets of all workers left. */
export interface WorkersDrained extends Drained {
  /** Of `lost`: those of workers that died, before they had drained. */
  readonly died: number;
}

/** What `workers` resolves with, in the primary process. */
export interface Workers {
  /** Where the first worker serves, if its server tells: they share the port. */
  readonly url: string | undefined;
  /** The process ids of those that serve now. */
  readonly pids: readonly number[];
  /** How many sockets they have, as each told within the last second. */
  readonly sockets: number;
  /**
   * Has each worker refuse handshakes and close its sockets, as `drain` of one server does; they are told apart by how they left.
   * Rejects with a TypeError or RangeError for options that make no sense, and then nothing has changed.
   */
  drain(options?: Omit<DrainOptions, "progress">): Promise<WorkersDrained>;
  /** Closes the servers of all workers, and ends them. One that does not answer is killed. */
  close(): Promise<void>;
}

/** Milliseconds in which a worker must say that it has begun to do what it is told. */
const ANSWER_MS = 5000;

/** Milliseconds before a worker that died is replaced: twice as long each time, unless it had served for a while. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/** Milliseconds that one has served which did not die of its beginning. */
const STEADY_MS = 10_000;

/** The workers of a program, and the hub between them. */
export class Crew implements Workers {
  readonly #hub = new Hub();
  readonly #observe: Observer;
  readonly #members = new Set<Member>();
  #leaving = false;
  readonly #timers = new Set<() => void>();
  url: string | undefined;

  constructor(observe: Observer) {
    this.#observe = observe;
    cluster.setupPrimary({ serialization: "advanced" });
  }

  /** Resolves when so many serve; rejects when one of them can't, and then none is left. */
  async begin(count: number): Promise<void> {
    const members = Array.from({ length: count }, () => this.#add());
    try {
      await Promise.all(members.map(({ serving }) => serving));
    } catch (error) {
      this.#leaving = true;
      for (const { worker } of members) worker.process.kill("SIGKILL");
      throw error;
    }
  }

  get pids(): readonly number[] {
    return [...this.#members].flatMap(({ serves, worker }) => (serves ? [worker.process.pid!] : []));
  }

  get sockets(): number {
    return [...this.#members].reduce((sum, { sockets }) => sum + sockets, 0);
  }

  /** `wait`: before another takes its place, if it dies soon. */
  #add(wait = FIRST_MS): Member {
    const member = new Member(cluster.fork({ ONESOCKET_WORKER: "1" }), this.#hub, wait);
    this.#members.add(member);
    member.serving.then(
      (url) => {
        this.url ??= url;
      },
      () => {},
    );
    member.worker.once("exit", (code: number | null, signal: string | null) => {
      this.#members.delete(member);
      if (!this.#leaving) this.#replace(member, `${signal ?? `exit code ${code}`}`);
    });
    return member;
  }

  /** The first ones' failure to serve is the program's, and not dealt with here. */
  #replace({ wait, sockets, worker }: Member, how: string): void {
    const told = `worker ${worker.process.pid} ended with ${how}, and ${sockets} sockets with it; another takes its place in ${wait} ms`;
    tell(this.#observe, { type: "error", definition: "", error: new Error(told) });
    const cancel = platform.after(wait, () => {
      this.#timers.delete(cancel);
      this.#add(Math.min(2 * wait, LONGEST_MS));
    });
    this.#timers.add(cancel);
  }

  async drain(options?: DrainOptions): Promise<WorkersDrained> {
    checkDrain(options);
    if (options?.progress) throw new TypeError("progress is told of one server's sockets, not of all workers'");
    this.#stay();
    const all = await Promise.all([...this.#members].map((member) => member.drain(options)));
    const sum = (of: (one: WorkersDrained) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      sockets: sum(({ sockets }) => sockets),
      clean: sum(({ clean }) => clean),
      lost: sum(({ lost }) => lost),
      died: sum(({ died }) => died),
    };
  }

  async close(): Promise<void> {
    this.#stay();
    await Promise.all([...this.#members].map((member) => member.close()));
  }

  /** Nobody is replaced any more. */
  #stay(): void {
    this.#leaving = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

type Kind = FromWorker["onesocket"];
type Told<K extends Kind> = Extract<FromWorker, { onesocket: K }>;

/** Who waits for a worker to tell something. */
interface Wait {
  readonly kinds: readonly Kind[];
  readonly resolve: (message: FromWorker | undefined) => void;
}

/** One worker. */
class Member implements End {
  readonly worker: Worker;
  /** Resolves with its URL when it serves; rejects when it ends before that. */
  readonly serving: Promise<string | undefined>;
  #servedSince: number | undefined;
  readonly #wait: number;
  /** How many it had when it told last. */
  sockets = 0;
  readonly #hub: Hub;
  #waits: Wait[] = [];

  constructor(worker: Worker, hub: Hub, wait: number) {
    this.worker = worker;
    this.#wait = wait;
    this.#hub = hub;
    hub.add(this);
    worker.on("message", (message) => this.#receive(ours<FromWorker>(message)));
    worker.on("error", () => {});
    worker.once("exit", () => this.#ended());
    this.serving = this.#begun();
  }

  async #begun(): Promise<string | undefined> {
    const told = await this.#until("serves", "failed");
    if (told?.onesocket === "failed") throw new Error(`a worker can't serve: ${told.error}`);
    if (!told) throw new Error("a worker ended before it served");
    this.#servedSince = platform.now();
    return told.url;
  }

  get serves(): boolean {
    return this.#servedSince !== undefined;
  }

  /** Milliseconds before another takes its place, if it dies now. */
  get wait(): number {
    const served = this.#servedSince === undefined ? 0 : platform.now() - this.#servedSince;
    return served < STEADY_MS ? this.#wait : FIRST_MS;
  }

  #receive(message: FromWorker | undefined): void {
    if (!message) return;
    if (message.onesocket === "sockets") this.sockets = message.sockets;
    this.#hub.receive(this, message);
    const met = (wait: Wait) => wait.kinds.includes(message.onesocket);
    for (const { resolve } of this.#waits.filter(met)) resolve(message);
    this.#waits = this.#waits.filter((wait) => !met(wait));
  }

  #ended(): void {
    this.#hub.remove(this);
    for (const { resolve } of this.#waits.splice(0)) resolve(undefined);
  }

  send(message: FromPrimary, written: (error: Error | null) => void = () => {}): void {
    if (this.worker.isConnected()) this.worker.send(message, undefined, undefined, written);
    else written(null);
  }

  /** The next message of one of these kinds; undefined when the worker ends before it comes. */
  #until<K extends Kind>(...kinds: readonly K[]): Promise<Told<K> | undefined> {
    return new Promise((resolve) => {
      if (this.worker.isDead()) resolve(undefined);
      else this.#waits.push({ kinds, resolve: resolve as Wait["resolve"] });
    });
  }

  async drain(options: DrainOptions | undefined): Promise<WorkersDrained> {
    const ended = this.#until("drained");
    await this.#told({ onesocket: "drain", options }, "sockets");
    const drained = (await ended)?.drained;
    if (drained) return { ...drained, died: 0 };
    const { sockets } = this;
    return { sockets, clean: 0, lost: sockets, died: sockets };
  }

  async close(): Promise<void> {
    const { worker } = this;
    if (worker.isDead()) return;
    const exit = once(worker, "exit");
    await this.#told({ onesocket: "close" }, "closing");
    await exit;
  }

  /** Gives an order. A worker that is too busy, or too stuck, to answer it is killed. */
  async #told(order: FromPrimary, answer: Kind): Promise<void> {
    const cancel = platform.after(ANSWER_MS, () => this.worker.process.kill("SIGKILL"));
    this.send(order);
    await this.#until(answer).finally(cancel);
  }
}
