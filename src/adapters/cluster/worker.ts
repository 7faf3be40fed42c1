import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { joinBroker } from "../../core/rooms/cluster/cluster.ts";
import { liveRooms } from "../../core/rooms/registry.ts";
import { connectBy } from "./broker.ts";
import { type FromPrimary, ownMessage } from "./messages.ts";
import type { Upstream } from "./upstream.ts";

/** What a worker serves by: what `serve` and `attach` of `onesocket/node` return. */
export interface Served {
  drain(options?: DrainOptions): Promise<Drained>;
  close(): Promise<void>;
  readonly url?: string;
}

/** Milliseconds between two times that a worker tells how many sockets it has. */
const TELL_MS = 1000;

/** What each worker does: serves, with the broker that joins its rooms to those of the others. `index`: which of them it is, from 0 on. */
export type Run = (broker: JoinBroker, index: number) => Served | Promise<Served>;

/** Serves here until the primary has it end. Never resolves: what comes behind it is the primary's to do. */
export async function work(run: Run, index: number, primary: Upstream): Promise<never> {
  try {
    const served = await run(joinBroker(connectBy(primary)), index);
    new Worker(served, primary).begin();
    primary.send({ onesocket: "serves", url: served.url });
  } catch (error) {
    const told = String((error as Error)?.stack ?? error);
    primary.send({ onesocket: "failed", error: told }, () => process.exit(1));
  }
  return new Promise(() => {});
}

/** What is served, and who says what becomes of it. */
class Worker {
  readonly #served: Served;
  readonly #primary: Upstream;
  #telling: NodeJS.Timeout | undefined;

  constructor(served: Served, primary: Upstream) {
    this.#served = served;
    this.#primary = primary;
  }

  begin(): void {
    this.#telling = setInterval(() => this.#tellSockets(), TELL_MS).unref();
    this.#primary.listen((message) => this.#obey(ownMessage<FromPrimary>(message)));
  }

  #obey(order: FromPrimary | undefined): void {
    if (order?.onesocket === "drain") {
      // From now on they are those that were there when it began to drain.
      clearInterval(this.#telling);
      this.#tellSockets();
      const drained = this.#served.drain(order.options);
      drained.then((all) => this.#primary.send({ onesocket: "drained", drained: all })).catch(fail);
    } else if (order?.onesocket === "close") {
      this.#primary.send({ onesocket: "closing" });
      this.#served.close().then(() => process.exit(0), fail);
    }
  }

  /** So that the primary knows how many are lost with it. */
  #tellSockets(): void {
    let sockets = 0;
    for (const { size } of liveRooms()) sockets += size;
    this.#primary.send({ onesocket: "sockets", sockets });
  }
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
