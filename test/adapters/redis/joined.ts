import { connectRedis, type RedisOptions } from "../../../src/adapters/redis/broker.ts";
import * as brokers from "../../brokers/joined.ts";

export { type Joined, SILENT } from "../../brokers/joined.ts";

export const join = (options: RedisOptions): brokers.Joined => brokers.join(connectRedis(options));

export const connected = (options: RedisOptions): Promise<brokers.Joined> => brokers.connected(connectRedis(options));
