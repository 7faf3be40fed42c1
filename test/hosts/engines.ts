import type { ConnectionOptions } from "@nats-io/nats-core";
import type { JoinBroker, SocketDefinition, SocketEvent } from "onesocket";
import type { NatsOptions } from "onesocket/nats";
import type { PostgresOptions } from "onesocket/postgres";
import type { RedisOptions } from "onesocket/redis";

/** As JSON has them. */
export interface NatsHostOptions extends Omit<NatsOptions, "connect"> {
  readonly connection: ConnectionOptions;
}

/** What makes the broker of each engine, of options as a test gives them. */
const ENGINES = {
  nats: async ({ connection, ...options }: NatsHostOptions) => {
    const { connect } = await import("@nats-io/transport-node");
    return (await import("onesocket/nats")).nats({
      ...options,
      connect: (attempt) => connect({ ...connection, ...attempt }),
    });
  },
  postgres: async (options: PostgresOptions) => (await import("onesocket/postgres")).postgres(options),
  redis: async (options: RedisOptions) => (await import("onesocket/redis")).redis(options),
};

/** The name of an engine. */
export type Engine = keyof typeof ENGINES;

/** What a test gives for it. */
export type EngineOptions<Name extends Engine> = Parameters<(typeof ENGINES)[Name]>[0];

/** One line for each event of the broker. */
function observe(event: SocketEvent): void {
  if (event.type !== "broker") return;
  const shown = "error" in event ? { ...event, error: String(event.error) } : event;
  console.log(`event ${JSON.stringify(shown)}`);
}

declare const Bun: { serve(options: object): { readonly port: number } };
declare const Deno: {
  serve(options: object, fetch: unknown): { readonly addr: { readonly port: number } };
};

/** Serves a definition in this runtime over an engine, as the command line says, and prints where. */
export async function serveOver<State>(definition: SocketDefinition<State>): Promise<void> {
  const [runtime, given = "{}", engine = "redis"] = process.argv.slice(2);
  const broker = await ENGINES[engine as Engine](JSON.parse(given));
  console.log(`ready ${await listen(definition as SocketDefinition, broker, runtime)}`);
}

async function listen(definition: SocketDefinition, broker: JoinBroker, runtime: string | undefined): Promise<number> {
  const options = { broker, observe };
  const address = { port: 0, hostname: "127.0.0.1" };
  if (runtime === "bun")
    return Bun.serve({ ...(await import("onesocket/bun")).bun(definition, options), ...address }).port;
  if (runtime === "deno") {
    const quiet = { ...address, onListen() {} };
    return Deno.serve(quiet, (await import("onesocket/deno")).deno(definition, options).fetch).addr.port;
  }
  const { serve } = await import("onesocket/node");
  const server = await serve(definition, { ...options, ...address });
  // By itself: a host that has closed, and its broker, leave nothing that keeps the process.
  process.once("SIGTERM", () => void server.close());
  return server.port;
}
