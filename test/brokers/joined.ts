import { expect } from "vitest";
import type { BrokerEvent } from "../../src/core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../src/core/rooms/cluster/broker.ts";

export const SILENT: Subscriber = { receive: () => {}, unreadable: () => {}, size: () => 1 };

/** A broker, and what was told of it. */
export interface Joined {
  readonly broker: Broker;
  readonly events: readonly BrokerEvent[];
  /** Resolves when this has been told so often. */
  told(state: BrokerEvent["state"], count?: number): Promise<void>;
  /** The words of each loss. */
  losses(): readonly string[];
}

/** A broker that has been made, connected or not. */
export function join(make: ConnectBroker): Joined {
  const events: BrokerEvent[] = [];
  const broker = make((event) => void events.push(event));
  const count = (state: BrokerEvent["state"]) => events.filter((event) => event.state === state).length;
  return {
    broker,
    events,
    told: (state, wanted = 1) => expect.poll(() => count(state), { interval: 5 }).toBeGreaterThanOrEqual(wanted),
    losses: () => events.flatMap((event) => (event.state === "lost" ? [(event.error as Error).message] : [])),
  };
}

/** The same, once it is connected. */
export async function connected(make: ConnectBroker): Promise<Joined> {
  const joined = join(make);
  await joined.told("connected");
  return joined;
}
