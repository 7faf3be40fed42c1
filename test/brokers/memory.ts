import type { Broker, ConnectBroker, Subscriber } from "onesocket";

/** What connects brokers within one process: a second implementation of their interface, and one whose faults a test decides. */
export class Bus {
  readonly #channels = new Map<string, Set<Subscriber>>();
  /** How often the next batches are delivered, one after the other; then once each. */
  readonly faults: number[] = [];
  /** Every batch that was published: its channel, and how many messages were in it. */
  readonly published: { channel: string; bytes: Uint8Array<ArrayBuffer>; messages: number }[] = [];
  closed = 0;
  #brokers = 0;

  readonly connect: ConnectBroker = (tell) => {
    this.#brokers += 1;
    tell({ state: "connected" });
    return this.#broker(`process-${this.#brokers}`);
  };

  /** How many processes are subscribed to a channel. */
  subscribers(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  /** Delivers as a process would that is none of ours. */
  inject(channel: string, bytes: Uint8Array<ArrayBuffer>): void {
    for (const subscriber of this.#channels.get(channel) ?? []) subscriber.receive(bytes);
  }

  #broker(id: string): Broker {
    return {
      id,
      subscribe: (channel, subscriber) => this.#subscribe(channel, subscriber),
      publish: (channel, bytes, messages) => {
        this.published.push({ channel, bytes, messages });
        const times = this.faults.shift() ?? 1;
        for (let time = 0; time < times; time += 1) setImmediate(() => this.inject(channel, bytes));
      },
      count: async (channel) =>
        [...(this.#channels.get(channel) ?? [])].reduce((sum, subscriber) => sum + subscriber.size(), 0),
      close: async () => {
        this.closed += 1;
      },
    };
  }

  #subscribe(channel: string, subscriber: Subscriber): () => void {
    const subscribers = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, subscribers);
    if (subscribers.has(subscriber)) throw new Error(`${channel} is subscribed twice`);
    subscribers.add(subscriber);
    return () => subscribers.delete(subscriber);
  }
}
