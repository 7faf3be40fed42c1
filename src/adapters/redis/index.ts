import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { joinBroker } from "../../core/rooms/cluster/cluster.ts";
import { connectRedis, type RedisOptions } from "./broker.ts";

export type { RedisOptions } from "./broker.ts";
export type { RedisClient, RedisUrl } from "./client.ts";

/**
 * Joins the rooms of processes through Redis 6 or later, or what speaks its protocol (Valkey), by the optional peer `redis`:
 * `serve(chat, { broker: redis({ url }) })`. At most once, in each sender's order; whatever is lost is counted and told as an
 * event. Throws a TypeError for options that make no sense, such as a `client` of several connections. Where Redis can't be
 * reached, or is a replica or a Sentinel, the host starts all the same, and is told.
 */
export function redis(options: RedisOptions): JoinBroker {
  return joinBroker(connectRedis(options));
}
