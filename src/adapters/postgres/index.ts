import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { joinBroker } from "../../core/rooms/cluster/cluster.ts";
import { connectPostgres, type PostgresOptions } from "./broker.ts";

export type { PostgresOptions } from "./broker.ts";
export type { NewPostgresClient, Notification, PostgresClient } from "./client.ts";

/**
 * Joins the rooms of about ten processes through PostgreSQL, by `LISTEN` and `NOTIFY` of the optional peer `pg`:
 * `serve(chat, { broker: postgres({ url }) })`. At most once, in each sender's order; whatever is lost is counted and told as an
 * event. Throws a TypeError for options that make no sense. Where PostgreSQL can't be reached, refuses, or is a standby, the host
 * starts all the same, and is told.
 */
export function postgres(options: PostgresOptions): JoinBroker {
  return joinBroker(connectPostgres(options));
}
