import { connect } from "@nats-io/transport-node";
import { connectNats, type NatsOptions } from "../../../src/adapters/nats/broker.ts";
import type { ConnectBroker } from "../../../src/core/rooms/cluster/broker.ts";
import * as brokers from "../../brokers/joined.ts";
import type { NatsServer } from "../../helpers/nats-server.ts";

export { type Joined, SILENT } from "../../brokers/joined.ts";

export const join = (server: NatsServer, options?: Partial<NatsOptions>): brokers.Joined =>
  brokers.join(made(server, options));

export const connected = (server: NatsServer, options?: Partial<NatsOptions>): Promise<brokers.Joined> =>
  brokers.connected(made(server, options));

function made({ address }: NatsServer, options: Partial<NatsOptions> = {}): ConnectBroker {
  return connectNats({ connect: (attempt) => connect({ servers: address, ...attempt }), ...options });
}
