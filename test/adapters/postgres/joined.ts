import { Client } from "pg";
import { connectPostgres, type PostgresOptions } from "../../../src/adapters/postgres/broker.ts";
import * as brokers from "../../brokers/joined.ts";

export { type Joined, SILENT } from "../../brokers/joined.ts";

export const join = (options: PostgresOptions): brokers.Joined => brokers.join(connectPostgres(options));

export const connected = (options: PostgresOptions): Promise<brokers.Joined> =>
  brokers.connected(connectPostgres(options));

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
