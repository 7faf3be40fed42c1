import { Client } from "pg";
import { expect } from "vitest";
import { connectPostgres, type PostgresOptions } from "../../../src/adapters/postgres/broker.ts";
import type { BrokerEvent } from "../../../src/core/contract/observer.ts";
import type { Broker, Subscriber } from "../../../src/core/rooms/cluster/broker.ts";

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
export function join(options: PostgresOptions): Joined {
  const events: BrokerEvent[] = [];
  const broker = connectPostgres(options)((event) => void events.push(event));
  const count = (state: BrokerEvent["state"]) => events.filter((event) => event.state === state).length;
  return {
    broker,
    events,
    told: (state, wanted = 1) =>
      expect.poll(() => count(state), { interval: 5, timeout: 15_000 }).toBeGreaterThanOrEqual(wanted),
    losses: () => events.flatMap((event) => (event.state === "lost" ? [(event.error as Error).message] : [])),
  };
}

/** The same, once it is connected. */
export async function connected(options: PostgresOptions): Promise<Joined> {
  const joined = join(options);
  await joined.told("connected");
  return joined;
}

/** A client of somebody else. */
export async function stranger(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** How many sessions of brokers PostgreSQL has. */
export async function sessions(admin: Client): Promise<number> {
  const { rows } = await admin.query("select count(*) from pg_stat_activity where application_name = 'onesocket'");
  return Number(rows[0].count);
}
