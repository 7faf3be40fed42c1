import type { JoinBroker } from "onesocket";

/** The broker at BROKER_URL, by its scheme: `redis:`, `nats:` or `postgres:`. None where that is not set. */
export async function brokerAt(url: string | undefined): Promise<JoinBroker | undefined> {
  if (!url) return undefined;
  const { protocol } = new URL(url);
  if (/^rediss?:$/.test(protocol)) return (await import("onesocket/redis")).redis({ url });
  if (/^postgres(ql)?:$/.test(protocol)) return (await import("onesocket/postgres")).postgres({ url });
  if (protocol !== "nats:") throw new TypeError(`BROKER_URL begins with redis:, nats: or postgres:, not ${protocol}`);
  const { connect } = await import("@nats-io/transport-node");
  return (await import("onesocket/nats")).nats({ connect: (attempt) => connect({ servers: url, ...attempt }) });
}
