import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { platform } from "../shared/platform.ts";
import { type FromPrimary, type FromWorker, ours } from "./messages.ts";
import { Outflow } from "./outflow.ts";

/** Milliseconds that `close` gives to what was published. */
const CLOSE_MS = 1000;

const LOST = new Error("the channel to the primary process is closed");

/** Connects a worker to its primary, which is there from the worker's first line on. */
export const connectWorker: ConnectBroker = (tell) => {
  const broker = new WorkerBroker(tell);
  tell(process.connected ? { state: "connected" } : { state: "lost", error: LOST });
  return broker;
};

/** Sends by the channel to the primary. A worker that has lost it ends; until then nobody hears it. */
export function toPrimary(message: FromWorker, written: (error: Error | null) => void = () => {}): void {
  if (process.connected) process.send!(message, undefined, undefined, written);
  else written(LOST);
}

class WorkerBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly #tell: (event: BrokerEvent) => void;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #counts = new Map<number, PromiseWithResolvers<number>>();
  readonly #outflow: Outflow = new Outflow((message, written) => toPrimary(message as FromWorker, written));
  #ids = 0;

  constructor(tell: (event: BrokerEvent) => void) {
    this.#tell = tell;
    process.on("message", this.#receive).on("disconnect", this.#lost);
  }

  subscribe(channel: string, subscriber: Subscriber): () => void {
    this.#subscribers.set(channel, subscriber);
    toPrimary({ onesocket: "subscribe", channel });
    return () => {
      this.#subscribers.delete(channel);
      toPrimary({ onesocket: "unsubscribe", channel });
    };
  }

  publish(channel: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    const message: FromWorker = { onesocket: "publish", channel, bytes };
    if (!this.#outflow.send(message)) this.#tell({ state: "dropped", messages, bytes: bytes.length });
  }

  count(channel: string): Promise<number> {
    const id = ++this.#ids;
    const count = Promise.withResolvers<number>();
    this.#counts.set(id, count);
    toPrimary({ onesocket: "count", id, channel }, (error) => {
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
    await Promise.race([this.#outflow.emptied(), late.promise]);
    cancel();
    process.off("message", this.#receive).off("disconnect", this.#lost);
    for (const id of [...this.#counts.keys()]) this.#counted(id, undefined);
  }

  readonly #receive = (message: unknown): void => {
    const told = ours<FromPrimary>(message);
    if (told?.onesocket === "batch") this.#subscribers.get(told.channel)?.receive(told.bytes);
    else if (told?.onesocket === "ask") {
      toPrimary({ onesocket: "size", id: told.id, size: this.#subscribers.get(told.channel)?.size() ?? 0 });
    } else if (told?.onesocket === "sum") this.#counted(told.id, told.sum);
  };

  readonly #lost = (): void => {
    for (const id of [...this.#counts.keys()]) this.#counted(id, undefined);
    this.#tell({ state: "lost", error: LOST });
  };
}
