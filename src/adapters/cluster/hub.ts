import { platform } from "../shared/platform.ts";
import type { BoundedSender } from "./bounded-sender.ts";
import type { FromPrimary, FromWorker } from "./messages.ts";

/** Milliseconds that workers have to say how many sockets they have. */
const COUNT_MS = 2000;

type Batch = Extract<FromPrimary, { onesocket: "batch" }>;

/** A worker as the hub sees it. */
export interface Endpoint {
  /** Sends it what others have published. */
  readonly batches: BoundedSender;
  send(message: FromPrimary): void;
}

/** In the primary: carries what workers publish to those that are subscribed. It keeps no message, and knows nothing of rooms. */
export class Hub {
  readonly #channels = new Map<string, Set<Endpoint>>();
  readonly #polls = new Map<number, Poll>();
  #ids = 0;

  /** A worker is gone: nothing is sent to it, and no count waits for it. */
  remove(endpoint: Endpoint): void {
    for (const channel of [...this.#channels.keys()]) this.#unsubscribe(endpoint, channel);
    for (const poll of this.#polls.values()) poll.lose(endpoint);
  }

  /** Takes what a worker says, if it is for a broker. */
  receive(endpoint: Endpoint, message: FromWorker): void {
    if (message.onesocket === "publish") this.#publish(endpoint, message);
    else if (message.onesocket === "subscribe") this.#subscribe(endpoint, message.channel);
    else if (message.onesocket === "unsubscribe") this.#unsubscribe(endpoint, message.channel);
    else if (message.onesocket === "count") this.#startCount(endpoint, message);
    else if (message.onesocket === "size") this.#polls.get(message.id)?.add(endpoint, message.size);
  }

  #subscribe(endpoint: Endpoint, channel: string): void {
    const endpoints = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, endpoints.add(endpoint));
  }

  #unsubscribe(endpoint: Endpoint, channel: string): void {
    const endpoints = this.#channels.get(channel);
    endpoints?.delete(endpoint);
    if (endpoints?.size === 0) this.#channels.delete(channel);
  }

  /** A worker for which too much waits misses the batch; its rooms find out by the number of the next one. */
  #publish(from: Endpoint, { channel, bytes }: FromWorker & { onesocket: "publish" }): void {
    for (const endpoint of this.#channels.get(channel) ?? []) {
      if (endpoint !== from) endpoint.batches.send({ onesocket: "batch", channel, bytes } as Batch);
    }
  }

  #startCount(from: Endpoint, question: FromWorker & { onesocket: "count" }): void {
    const id = ++this.#ids;
    const endpoints = [...(this.#channels.get(question.channel) ?? [])];
    const poll = new Poll(endpoints, (sum) => {
      this.#polls.delete(id);
      from.send({ onesocket: "sum", id: question.id, sum });
    });
    this.#polls.set(id, poll);
    for (const endpoint of endpoints) endpoint.send({ onesocket: "ask", id, channel: question.channel });
    poll.check();
  }
}

/** One count: adds up how many sockets some workers have, as each answers. */
class Poll {
  readonly #waited: Set<Endpoint>;
  readonly #done: (sum: number | undefined) => void;
  readonly #cancel: () => void;
  #sum = 0;

  constructor(endpoints: readonly Endpoint[], done: (sum: number | undefined) => void) {
    this.#waited = new Set(endpoints);
    this.#done = done;
    this.#cancel = platform.after(COUNT_MS, () => done(undefined));
  }

  add(endpoint: Endpoint, size: number): void {
    if (!this.#waited.delete(endpoint)) return;
    this.#sum += size;
    this.check();
  }

  /** Its sockets are gone with it. */
  lose(endpoint: Endpoint): void {
    if (this.#waited.delete(endpoint)) this.check();
  }

  check(): void {
    if (this.#waited.size > 0) return;
    this.#cancel();
    this.#done(this.#sum);
  }
}
