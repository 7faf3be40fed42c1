import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import { platform } from "../shared/platform.ts";
import type { Body, Start } from "./body.ts";
import type { End, Hub } from "./hub.ts";
import { type FromPrimary, type FromWorker, ours } from "./messages.ts";
import type { Flow } from "./outflow.ts";

/** How sockets of all workers left. */
export interface WorkersDrained extends Drained {
  /** Of `lost`: those of workers that died, before they had drained. */
  readonly died: number;
}

/** Milliseconds in which a worker must say that it has begun to do what it is told. */
const ANSWER_MS = 5000;

/** Milliseconds that one has served which did not die of its beginning. */
const STEADY_MS = 10_000;

/** Milliseconds before a worker that died is replaced. */
export const FIRST_MS = 100;

type Kind = FromWorker["onesocket"];
type Told<K extends Kind> = Extract<FromWorker, { onesocket: K }>;

/** Who waits for a worker to tell something. */
interface Wait {
  readonly kinds: readonly Kind[];
  readonly resolve: (message: FromWorker | undefined) => void;
}

/** What a member is made of. */
interface Beginning {
  readonly start: Start;
  readonly hub: Hub;
  /** Which of them it is: one that takes another's place is that. */
  readonly index: number;
  /** Milliseconds before another takes its place, if it dies soon. */
  readonly wait: number;
}

/** One worker. */
export class Member implements End {
  readonly index: number;
  readonly #body: Body;
  readonly #hub: Hub;
  readonly #wait: number;
  /** Resolves when it serves; rejects when it can't, or ends before that. */
  readonly serving: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  #how: string | undefined;
  #servedSince: number | undefined;
  /** How many it had when it told last. */
  sockets = 0;
  /** Where it serves, if its server tells. */
  url: string | undefined;
  #waits: Wait[] = [];

  constructor({ start, hub, index, wait }: Beginning) {
    this.index = index;
    this.#hub = hub;
    this.#wait = wait;
    const end = Promise.withResolvers<string>();
    this.ended = end.promise;
    const receive = (message: unknown) => this.#receive(ours<FromWorker>(message));
    const ended = (how: string) => {
      this.#end(how);
      end.resolve(how);
    };
    this.#body = start(index, { receive, ended });
    this.serving = this.#begun();
  }

  async #begun(): Promise<void> {
    const told = await this.#until("serves", "failed");
    if (told?.onesocket === "failed") throw new Error(`a worker can't serve: ${told.error}`);
    if (!told) throw new Error(`a worker ended before it served: ${this.#how}`);
    this.#servedSince = platform.now();
    this.url = told.url;
  }

  get name(): string {
    return this.#body.name;
  }

  get id(): number {
    return this.#body.id;
  }

  get serves(): boolean {
    return this.#servedSince !== undefined;
  }

  /** Milliseconds before another takes its place, if it dies now. */
  get wait(): number {
    const served = this.#servedSince === undefined ? 0 : platform.now() - this.#servedSince;
    return served < STEADY_MS ? this.#wait : FIRST_MS;
  }

  get flow(): Flow {
    return this.#body.flow;
  }

  send(message: FromPrimary): void {
    this.#body.send(message);
  }

  kill(): void {
    this.#body.kill();
  }

  #receive(message: FromWorker | undefined): void {
    if (!message) return;
    if (message.onesocket === "sockets") this.sockets = message.sockets;
    this.#hub.receive(this, message);
    const met = (wait: Wait) => wait.kinds.includes(message.onesocket);
    for (const { resolve } of this.#waits.filter(met)) resolve(message);
    this.#waits = this.#waits.filter((wait) => !met(wait));
  }

  #end(how: string): void {
    this.#how = how;
    this.#hub.remove(this);
    for (const { resolve } of this.#waits.splice(0)) resolve(undefined);
  }

  get #isDead(): boolean {
    return this.#how !== undefined || this.#body.isDead;
  }

  /** The next message of one of these kinds; undefined when the worker ends before it comes. */
  #until<K extends Kind>(...kinds: readonly K[]): Promise<Told<K> | undefined> {
    return new Promise((resolve) => {
      if (this.#isDead) resolve(undefined);
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
    if (this.#isDead) return;
    await this.#told({ onesocket: "close" }, "closing");
    await this.ended;
  }

  /** Gives an order. A worker that is too busy, or too stuck, to answer it is killed. */
  async #told(order: FromPrimary, answer: Kind): Promise<void> {
    const cancel = platform.after(ANSWER_MS, () => this.kill());
    this.send(order);
    await this.#until(answer).finally(cancel);
  }
}
