import { platform } from "../shared/platform.ts";
import type { FromPrimary, FromWorker } from "./messages.ts";
import type { Flow } from "./outflow.ts";

/** Milliseconds that workers have to say how many sockets they have. */
const COUNT_MS = 2000;

type Batch = Extract<FromPrimary, { onesocket: "batch" }>;

/** A worker as the hub sees it. */
export interface End {
  /** What others have published goes by it. */
  readonly flow: Flow;
  send(message: FromPrimary): void;
}

/** In the primary: carries what workers publish to those that are subscribed. It keeps no message, and knows nothing of rooms. */
export class Hub {
  readonly #channels = new Map<string, Set<End>>();
  readonly #polls = new Map<number, Poll>();
  #ids = 0;

  /** It is gone: nothing is brought to it, and it is not waited for. */
  remove(end: End): void {
    for (const channel of [...this.#channels.keys()]) this.#unsubscribe(end, channel);
    for (const poll of this.#polls.values()) poll.lose(end);
  }

  /** Takes what a worker says, if it is for a broker. */
  receive(end: End, message: FromWorker): void {
    if (message.onesocket === "publish") this.#publish(end, message);
    else if (message.onesocket === "subscribe") this.#subscribe(end, message.channel);
    else if (message.onesocket === "unsubscribe") this.#unsubscribe(end, message.channel);
    else if (message.onesocket === "count") this.#count(end, message);
    else if (message.onesocket === "size") this.#polls.get(message.id)?.add(end, message.size);
  }

  #subscribe(end: End, channel: string): void {
    const ends = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, ends.add(end));
  }

  #unsubscribe(end: End, channel: string): void {
    const ends = this.#channels.get(channel);
    ends?.delete(end);
    if (ends?.size === 0) this.#channels.delete(channel);
  }

  /** One that does not take what it is brought misses it, and its rooms tell so by the numbers of what comes next. */
  #publish(from: End, { channel, bytes }: FromWorker & { onesocket: "publish" }): void {
    for (const end of this.#channels.get(channel) ?? []) {
      if (end !== from) end.flow.send({ onesocket: "batch", channel, bytes } as Batch);
    }
  }

  #count(from: End, asked: FromWorker & { onesocket: "count" }): void {
    const id = ++this.#ids;
    const ends = [...(this.#channels.get(asked.channel) ?? [])];
    const poll = new Poll(ends, (sum) => {
      this.#polls.delete(id);
      from.send({ onesocket: "sum", id: asked.id, sum });
    });
    this.#polls.set(id, poll);
    for (const end of ends) end.send({ onesocket: "ask", id, channel: asked.channel });
    poll.check();
  }
}

/** How many sockets all of some workers have. */
class Poll {
  readonly #waited: Set<End>;
  readonly #done: (sum: number | undefined) => void;
  readonly #cancel: () => void;
  #sum = 0;

  constructor(ends: readonly End[], done: (sum: number | undefined) => void) {
    this.#waited = new Set(ends);
    this.#done = done;
    this.#cancel = platform.after(COUNT_MS, () => done(undefined));
  }

  add(end: End, size: number): void {
    if (!this.#waited.delete(end)) return;
    this.#sum += size;
    this.check();
  }

  /** Its sockets are gone with it. */
  lose(end: End): void {
    if (this.#waited.delete(end)) this.check();
  }

  check(): void {
    if (this.#waited.size > 0) return;
    this.#cancel();
    this.#done(this.#sum);
  }
}
