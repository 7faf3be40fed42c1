import type { JoinBroker } from "../../core/rooms/cluster/broker.ts";
import { joinBroker } from "../../core/rooms/cluster/cluster.ts";
import { connectNats, type NatsOptions } from "./broker.ts";

export type { NatsOptions } from "./broker.ts";
export type { ConnectNats, NatsAttempt } from "./connection.ts";

/**
 * Joins the rooms of processes through NATS, by a connection that you make with the optional peer `@nats-io/nats-core` and a
 * transport of it: `serve(chat, { broker: nats({ connect: (attempt) => connect({ servers, ...attempt }) }) })`. Core NATS: JetStream is not used.
 * At most once, in each sender's order; whatever is lost is counted and told as an event. Throws a TypeError for options that make
 * no sense. Where NATS can't be reached, or refuses, the host starts all the same, and is told.
 */
export function nats(options: NatsOptions): JoinBroker {
  return joinBroker(connectNats(options));
}
