import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import { platform } from "../shared/platform.ts";
import type { BoundedSender } from "./bounded-sender.ts";
import type { Endpoint, Hub } from "./hub.ts";
import { type FromPrimary, type FromWorker, ownMessage } from "./messages.ts";
import type { StartUnit, WorkerUnit } from "./worker-unit.ts";

/** How sockets of all workers left. */
export interface WorkersDrained extends Drained {
  /** Of `lost`: those of workers that died, before they had drained. */
  readonly died: number;
}

/** Milliseconds in which a worker must say that it has begun to do what it is told. */
const ANSWER_MS = 5000;

/** Milliseconds. A worker that has served for so long did not die of how it starts. */
const STEADY_MS = 10_000;

/** Milliseconds before a worker that died is replaced. */
export const FIRST_MS = 100;

type Kind = FromWorker["onesocket"];
type MessageOf<K extends Kind> = Extract<FromWorker, { onesocket: K }>;

/** Somebody who waits for a worker's message. */
interface Waiter {
  readonly kinds: readonly Kind[];
  readonly resolve: (message: FromWorker | undefined) => void;
}

/** What a worker's handle is made of. */
interface WorkerHandleOptions {
  readonly start: StartUnit;
  readonly hub: Hub;
  /** Which of them it is: one that takes another's place is that. */
  readonly index: number;
  /** Milliseconds before another takes its place, if it dies soon. */
  readonly restartMs: number;
}

/** One worker, as the primary sees it. */
export class WorkerHandle implements Endpoint {
  readonly index: number;
  readonly #unit: WorkerUnit;
  readonly #hub: Hub;
  readonly #restartMs: number;
  /** Resolves when it serves; rejects when it can't, or ends before that. */
  readonly serving: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  #ending: string | undefined;
  #servedSince: number | undefined;
  /** How many sockets it had when it told last. */
  sockets = 0;
  /** Where it serves, if its server tells. */
  url: string | undefined;
  #waiters: Waiter[] = [];

  constructor({ start, hub, index, restartMs }: WorkerHandleOptions) {
    this.index = index;
    this.#hub = hub;
    this.#restartMs = restartMs;
    const end = Promise.withResolvers<string>();
    this.ended = end.promise;
    const receive = (message: unknown) => this.#receive(ownMessage<FromWorker>(message));
    const ended = (how: string) => {
      this.#end(how);
      end.resolve(how);
    };
    this.#unit = start(index, { receive, ended });
    this.serving = this.#started();
  }

  async #started(): Promise<void> {
    const message = await this.#next("serves", "failed");
    if (message?.onesocket === "failed") throw new Error(`a worker can't serve: ${message.error}`);
    if (!message) throw new Error(`a worker ended before it served: ${this.#ending}`);
    this.#servedSince = platform.now();
    this.url = message.url;
  }

  get name(): string {
    return this.#unit.name;
  }

  get id(): number {
    return this.#unit.id;
  }

  get serves(): boolean {
    return this.#servedSince !== undefined;
  }

  /** Milliseconds before another takes its place, if it dies now. */
  get restartMs(): number {
    const served = this.#servedSince === undefined ? 0 : platform.now() - this.#servedSince;
    return served < STEADY_MS ? this.#restartMs : FIRST_MS;
  }

  get batches(): BoundedSender {
    return this.#unit.batches;
  }

  send(message: FromPrimary): void {
    this.#unit.send(message);
  }

  kill(): void {
    this.#unit.kill();
  }

  #receive(message: FromWorker | undefined): void {
    if (!message) return;
    if (message.onesocket === "sockets") this.sockets = message.sockets;
    this.#hub.receive(this, message);
    const met = (waiter: Waiter) => waiter.kinds.includes(message.onesocket);
    for (const { resolve } of this.#waiters.filter(met)) resolve(message);
    this.#waiters = this.#waiters.filter((waiter) => !met(waiter));
  }

  #end(how: string): void {
    this.#ending = how;
    this.#hub.remove(this);
    for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
  }

  get #isDead(): boolean {
    return this.#ending !== undefined || this.#unit.isDead;
  }

  /** The next message of one of these kinds; undefined when the worker ends before it comes. */
  #next<K extends Kind>(...kinds: readonly K[]): Promise<MessageOf<K> | undefined> {
    return new Promise((resolve) => {
      if (this.#isDead) resolve(undefined);
      else this.#waiters.push({ kinds, resolve: resolve as Waiter["resolve"] });
    });
  }

  async drain(options: DrainOptions | undefined): Promise<WorkersDrained> {
    const ended = this.#next("drained");
    await this.#order({ onesocket: "drain", options }, "sockets");
    const drained = (await ended)?.drained;
    if (drained) return { ...drained, died: 0 };
    const { sockets } = this;
    return { sockets, clean: 0, lost: sockets, died: sockets };
  }

  async close(): Promise<void> {
    if (this.#isDead) return;
    await this.#order({ onesocket: "close" }, "closing");
    await this.ended;
  }

  /** Gives an order. A worker that is too busy, or too stuck, to answer it is killed. */
  async #order(order: FromPrimary, answer: Kind): Promise<void> {
    const cancel = platform.after(ANSWER_MS, () => this.kill());
    this.send(order);
    await this.#next(answer).finally(cancel);
  }
}
