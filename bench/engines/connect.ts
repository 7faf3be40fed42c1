import type { ConnectBroker } from "../../src/core/rooms/cluster/broker.ts";

/** What makes the broker of each engine. */
const ENGINES = {
  redis: async (options: object) => (await import("../../src/adapters/redis/broker.ts")).connectRedis(options),
  postgres: async (options: object) => (await import("../../src/adapters/postgres/broker.ts")).connectPostgres(options),
  nats: async (servers: object) => {
    const { connect } = await import("@nats-io/transport-node");
    const { connectNats } = await import("../../src/adapters/nats/broker.ts");
    return connectNats({ connect: (attempt) => connect({ ...servers, ...attempt }) });
  },
};

/** The broker of an engine, whose name and options come from a command line. Rejects for one that there is none of. */
export async function connectTo(engine: string, options: object): Promise<ConnectBroker> {
  if (!Object.hasOwn(ENGINES, engine)) throw new TypeError(`there is no engine ${engine}`);
  return ENGINES[engine as keyof typeof ENGINES](options);
}
