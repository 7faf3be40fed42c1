import { connect } from "@nats-io/transport-node";
import { Client } from "pg";
import { createClient } from "redis";
import { connectNats } from "../../src/adapters/nats/broker.ts";
import { connectPostgres } from "../../src/adapters/postgres/broker.ts";
import { connectRedis } from "../../src/adapters/redis/broker.ts";
import type { ConnectBroker } from "../../src/core/rooms/cluster/broker.ts";
import type { EngineServer } from "../helpers/engines/engine.ts";
import { describeOnNats, startNats } from "../helpers/nats-server.ts";
import { describeOnPostgres, startPostgres } from "../helpers/postgres-server.ts";
import { describeOnRedis, startRedis } from "../helpers/redis-server.ts";
import type { Engine } from "../hosts/engines.ts";
import { HostProcess, type Runtime } from "./cluster.ts";

export const PING_MS = 2000;

/** An engine as the one suite has it. */
export interface Tested {
  readonly title: string;
  describeOn(what: string, tests: () => void): void;
  start(): Promise<EngineServer>;
  /** One that knows the user `locked`, with the password `right`. */
  startLocked(): Promise<EngineServer>;
  /** A host at an engine, or at what lies before it; with a password, as that user. */
  host(runtime: Runtime, port: number, password?: string): Promise<HostProcess>;
  /** Has it cut the connections of all brokers, where it can be told to. */
  readonly cutAll?: (port: number) => Promise<void>;
  /** A broker in this process. */
  broker(port: number): ConnectBroker;
  /** What a wrong password is told with. */
  readonly refusal: RegExp;
}

function postgresUrl(port: number, password?: string): string {
  return `postgres://${password ? `locked:${password}` : "postgres"}@127.0.0.1:${port}/postgres`;
}

async function query(port: number, sql: string): Promise<void> {
  const admin = new Client({ connectionString: postgresUrl(port) });
  await admin.connect();
  await admin.query(sql);
  await admin.end();
}

/** The engines that are programs of their own. */
export const TESTED: Readonly<Record<Engine, Tested>> = {
  redis: {
    title: "Redis",
    describeOn: describeOnRedis,
    start: () => startRedis(),
    startLocked: () => startRedis(undefined, { user: "locked on >right ~* &* +@all", requirepass: "another" }),
    host: (runtime, port, password) => {
      const user = password ? `locked:${password}@` : "";
      return HostProcess.startOn("redis", runtime, { url: `redis://${user}127.0.0.1:${port}`, pingMs: PING_MS });
    },
    broker: (port) => connectRedis({ url: `redis://127.0.0.1:${port}`, pingMs: PING_MS }),
    cutAll: async (port) => {
      const admin = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
      await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
      admin.destroy();
    },
    refusal: /WRONGPASS/,
  },
  nats: {
    title: "NATS",
    describeOn: describeOnNats,
    start: () => startNats(),
    startLocked: () => startNats(undefined, ["authorization: { user: locked, password: right }"]),
    host: (runtime, port, pass) => {
      const connection = { servers: `127.0.0.1:${port}`, ...(pass && { user: "locked", pass }) };
      return HostProcess.startOn("nats", runtime, { connection, pingMs: PING_MS });
    },
    broker: (port) => {
      const servers = `127.0.0.1:${port}`;
      return connectNats({ connect: (attempt) => connect({ servers, ...attempt }), pingMs: PING_MS });
    },
    refusal: /authorization violation/i,
  },
  postgres: {
    title: "PostgreSQL",
    describeOn: describeOnPostgres,
    start: () => startPostgres(),
    startLocked: async () => {
      const server = await startPostgres();
      await query(server.port, "create role locked login password 'right'");
      return server;
    },
    cutAll: (port) =>
      query(port, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onesocket'"),
    host: (runtime, port, password) =>
      HostProcess.startOn("postgres", runtime, { url: postgresUrl(port, password), pingMs: PING_MS }),
    broker: (port) => connectPostgres({ url: postgresUrl(port), pingMs: PING_MS }),
    refusal: /password authentication failed/,
  },
};
