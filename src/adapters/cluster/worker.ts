import type { Drained, DrainOptions } from "../../core/contract/drained.ts";
import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { joinBroker } from "../../core/rooms/cluster/cluster.ts";
import { liveRooms } from "../../core/rooms/registry.ts";
import { connectWorker, toPrimary } from "./broker.ts";
import { type FromPrimary, ours } from "./messages.ts";

/** What a worker serves by: what `serve` and `attach` of `onesocket/node` return. */
export interface Served {
  drain(options?: DrainOptions): Promise<Drained>;
  close(): Promise<void>;
  readonly url?: string;
}

/** Milliseconds between two times that a worker tells how many sockets it has. */
const TELL_MS = 1000;

/** What each worker does: serves, with the broker that joins its rooms to those of the others. */
export type Run = (broker: JoinBroker) => Served | Promise<Served>;

/** Serves in this process until the primary has it end. Never resolves: what comes behind it is the primary's to do. */
export async function work(run: Run): Promise<never> {
  // To a whole group of processes, as a terminal sends it. The primary says what becomes of it, and a worker ends with its primary.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  try {
    const served = await run(joinBroker(connectWorker));
    const telling = setInterval(tellSockets, TELL_MS).unref();
    process.on("message", (message) => {
      const order = ours<FromPrimary>(message);
      // From now on they are those that were there when it began to drain.
      if (order?.onesocket === "drain") clearInterval(telling);
      obey(served, order);
    });
    toPrimary({ onesocket: "serves", url: served.url });
  } catch (error) {
    toPrimary({ onesocket: "failed", error: String((error as Error)?.stack ?? error) }, () => process.exit(1));
  }
  return new Promise(() => {});
}

function obey(served: Served, order: FromPrimary | undefined): void {
  if (order?.onesocket === "drain") {
    tellSockets();
    served.drain(order.options).then((drained) => toPrimary({ onesocket: "drained", drained }), fail);
  } else if (order?.onesocket === "close") {
    toPrimary({ onesocket: "closing" });
    served.close().then(() => process.exit(0), fail);
  }
}

/** So that the primary knows how many are lost with it. */
function tellSockets(): void {
  let sockets = 0;
  for (const { size } of liveRooms()) sockets += size;
  toPrimary({ onesocket: "sockets", sockets });
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
