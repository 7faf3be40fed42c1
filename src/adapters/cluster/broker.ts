import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { platform } from "../shared/platform.ts";
import { type FromPrimary, type FromWorker, ownMessage } from "./messages.ts";
import { LOST, type Upstream } from "./upstream.ts";

/** Milliseconds that `close` gives to what was published. */
const CLOSE_MS = 1000;

/** Connects a worker to its primary, which is there from the worker's first line on. */
export function connectBy(upstream: Upstream): ConnectBroker {
  return (tell) => {
    const broker = new WorkerBroker(upstream, tell);
    tell(upstream.isThere ? { state: "connected" } : { state: "lost", error: LOST });
    return broker;
  };
}

class WorkerBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly #upstream: Upstream;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #stop: () => void;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #counts = new Map<number, PromiseWithResolvers<number>>();
  #ids = 0;

  constructor(upstream: Upstream, tell: (event: BrokerEvent) => void) {
    this.#upstream = upstream;
    this.#tell = tell;
    this.#stop = upstream.listen(
      (message) => this.#receive(message),
      () => this.#lost(),
    );
  }

  subscribe(channel: string, subscriber: Subscriber): () => void {
    this.#subscribers.set(channel, subscriber);
    this.#upstream.send({ onesocket: "subscribe", channel });
    return () => {
      this.#subscribers.delete(channel);
      this.#upstream.send({ onesocket: "unsubscribe", channel });
    };
  }

  publish(channel: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    const message: FromWorker = { onesocket: "publish", channel, bytes };
    if (!this.#upstream.batches.send(message)) this.#tell({ state: "dropped", messages, bytes: bytes.length });
  }

  count(channel: string): Promise<number> {
    const id = ++this.#ids;
    const count = Promise.withResolvers<number>();
    this.#counts.set(id, count);
    this.#upstream.send({ onesocket: "count", id, channel }, (error) => {
      if (error) this.#counted(id, undefined);
    });
    return count.promise;
  }

  #counted(id: number, sum: number | undefined): void {
    const count = this.#counts.get(id);
    this.#counts.delete(id);
    if (sum !== undefined) count?.resolve(sum);
    else
      count?.reject(
        new Error("the room can't be counted: not all processes have answered; room.size counts this one's"),
      );
  }

  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = platform.after(CLOSE_MS, late.resolve);
    await Promise.race([this.#upstream.batches.emptied(), late.promise]);
    cancel();
    this.#stop();
    for (const id of [...this.#counts.keys()]) this.#counted(id, undefined);
  }

  #receive(message: unknown): void {
    const told = ownMessage<FromPrimary>(message);
    if (told?.onesocket === "batch") this.#subscribers.get(told.channel)?.receive(told.bytes);
    else if (told?.onesocket === "ask") {
      this.#upstream.send({ onesocket: "size", id: told.id, size: this.#subscribers.get(told.channel)?.size() ?? 0 });
    } else if (told?.onesocket === "sum") this.#counted(told.id, told.sum);
  }

  #lost(): void {
    for (const id of [...this.#counts.keys()]) this.#counted(id, undefined);
    this.#tell({ state: "lost", error: LOST });
  }
}
