import { execFile } from "node:child_process";
import { join as path } from "node:path";
import { promisify } from "node:util";
import { Client, Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectPostgres, type PostgresOptions } from "../../../src/adapters/postgres/broker.ts";
import { Channels } from "../../../src/adapters/postgres/channels.ts";
import { postgres } from "../../../src/adapters/postgres/index.ts";
import { explained, isRefusal } from "../../../src/adapters/postgres/refusal.ts";
import { describeOnPostgres, killPostgres, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { connected, join, SILENT, sessions, stranger } from "./joined.ts";

const ROOT = path(import.meta.dirname, "../../..");
const URL_OF_NONE = "postgres://127.0.0.1:1/none";

describe("postgres()", () => {
  it.each<PostgresOptions>([
    {},
    { url: URL_OF_NONE, client: () => new Client() },
    { url: "http://localhost" },
    { url: 5432 as never },
    { client: new Client() as never },
    { client: null as never },
    { url: URL_OF_NONE, keptMessages: 0 },
    { url: URL_OF_NONE, keptBytes: 1.5 },
    { url: URL_OF_NONE, pingMs: Number.NaN },
    { url: URL_OF_NONE, prefix: 'chat"; drop table users; --' },
    { url: URL_OF_NONE, prefix: "x".repeat(33) },
    { url: URL_OF_NONE, prefix: null as never },
  ])("throws a TypeError for options that make no sense: %o", (options) => {
    expect(() => postgres(options)).toThrow(TypeError);
  });

  it("says what to install when the client is not there, as an event, and serves all the same", async () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(name, context, next) {
          if (name === "pg") throw new Error("Cannot find package 'pg'");
          return next(name, context);
        },
      });
      const { useBroker } = await import("onesocket");
      const { postgres } = await import("onesocket/postgres");
      const end = useBroker(postgres({ url: "${URL_OF_NONE}" }), async (event) => {
        console.log(event.state, event.error.message);
        await end();
      });
    `;
    const args = ["--conditions=onesocket-source", "--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(path(ROOT, "node_modules/.bin/node"), args, { cwd: ROOT });
    expect(stdout).toBe("lost onesocket/postgres needs the package pg: npm install pg\n");
  });

  it.each([
    ["a full queue", { code: "54000" }, /queue of notifications is full/, true],
    ["a standby", { code: "25006" }, /standby/, true],
    ["a wrong password", { code: "28P01", message: "password" }, /password/, true],
    ["a missing password", { message: "SASL: password must be a string" }, /SASL/, true],
    ["a server that starts", { code: "57P03", message: "starting up" }, /starting up/, false],
    ["no server", { code: "ECONNREFUSED", message: "refused" }, /refused/, false],
    ["a cut", { code: "EPIPE", message: "cut" }, /cut/, false],
  ])("tells %s from what passes by itself", (_, error, words, lasts) => {
    const shown = explained(error);
    expect([(shown as Error).message, isRefusal(shown)]).toEqual([expect.stringMatching(words), lasts]);
  });

  it("is lost, and says why, when its client function gives what has several connections", async () => {
    const { broker, told, losses } = join({ client: () => new Pool() as never });
    await told("lost");
    expect(losses()).toEqual([expect.stringContaining("a Pool has several connections")]);
    await broker.close();
  });
});

describeOnPostgres("a broker over PostgreSQL", () => {
  let server: PostgresServer;
  let admin: Client;

  beforeAll(async () => {
    server = await startPostgres();
    admin = await stranger(server.url);
  });

  // Who holds a lock is asked for counts: a broker that has closed is, until PostgreSQL has noticed.
  beforeEach(async () => {
    const locks = async () => (await admin.query("select pid from pg_locks where locktype = 'advisory'")).rows;
    await expect.poll(locks).toEqual([]);
  });

  afterAll(async () => {
    await admin?.end();
    await killPostgres();
  });

  it("takes the clients that a function makes", async () => {
    const { broker } = await connected({ client: () => new Client({ connectionString: server.url }) });
    expect(await broker.count("nothing")).toBe(0);
    await broker.close();
  });

  it("can be closed at any time on its way, and leaves no connection behind", async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      const broker = connectPostgres({ url: server.url })(() => {});
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await broker.close();
    }
    await expect.poll(() => sessions(admin)).toBe(0);
  });

  it("keeps those with different prefixes apart", async () => {
    const one = await connected({ url: server.url, prefix: "one:" });
    const other = await connected({ url: server.url, prefix: "other:" });
    one.broker.subscribe("room", { ...SILENT, size: () => 5 });
    expect(await one.broker.count("room")).toBe(5);
    expect(await other.broker.count("room")).toBe(0);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("carries what is as large as a message may be, between others that are large too", async () => {
    const brokers = await Promise.all(Array.from({ length: 3 }, () => connected({ url: server.url })));
    const [one, two, hearer] = brokers.map(({ broker }) => broker);
    const taken: Uint8Array[] = [];
    hearer!.subscribe("room", { ...SILENT, receive: (bytes) => void taken.push(bytes) });
    await hearer!.count("room");
    const sizes = [1 << 20, 1, 100_000, 1 << 20];
    for (const size of sizes) {
      one!.publish("room", new Uint8Array(size).fill(1), 1);
      two!.publish("room", new Uint8Array(size).fill(2), 1);
    }
    await expect.poll(() => taken.length).toBe(8);
    for (const sender of [1, 2]) {
      const own = taken.filter((bytes) => bytes[0] === sender);
      expect(own.map((bytes) => bytes.length)).toEqual(sizes);
      expect(own.every((bytes) => bytes.every((byte) => byte === sender))).toBe(true);
    }
    await Promise.all(brokers.map(({ broker }) => broker.close()));
  });

  it("brings what is alike as often as it was sent", async () => {
    const [one, other] = [await connected({ url: server.url }), await connected({ url: server.url })];
    const taken: number[] = [];
    other.broker.subscribe("room", { ...SILENT, receive: () => taken.push(7) });
    await other.broker.count("room");
    for (let i = 0; i < 1000; i += 1) one.broker.publish("room", Uint8Array.of(7), 1);
    await one.broker.close();
    await expect.poll(() => taken.length).toBe(1000);
    await other.broker.close();
  });

  it("refuses a count that a process does not answer, as one that is frozen", async () => {
    const { broker } = await connected({ url: server.url, pingMs: 1000 });
    // Whoever holds the lock says that it listens.
    const lock = new Channels("onesocket:").lock;
    await admin.query("select pg_advisory_lock_shared(($1::bigint << 32) | $2::bigint)", [...lock]);
    await expect(broker.count("room")).rejects.toThrow(/1 of 2 processes did not answer within 1000 ms/);
    await admin.query("select pg_advisory_unlock_all()");
    expect(await broker.count("room")).toBe(0);
    await broker.close();
  });

  it("listens exactly to the rooms that it is subscribed to, and takes up what it was while it connected", async () => {
    const made: Client[] = [];
    const client = () => {
      made.push(new Client({ connectionString: server.url }));
      return made[0]!;
    };
    const { broker, told } = join({ client });
    const leave = Array.from({ length: 1000 }, (_, i) => broker.subscribe(`early-${i}`, SILENT));
    await told("connected");
    const leaveLater = Array.from({ length: 1000 }, (_, i) => broker.subscribe(`late-${i}`, SILENT));
    const listening = async () => {
      await broker.count("none");
      return (await made[0]!.query("select pg_listening_channels()")).rows.length;
    };
    expect(await listening()).toBe(2002);
    for (const end of [...leave, ...leaveLater.slice(1)]) end();
    expect(await listening()).toBe(3);
    await broker.close();
  });

  it("is lost where nothing that is notified arrives, and says what to change", async () => {
    const deaf = () => {
      const made = new Client({ connectionString: server.url });
      const query = made.query.bind(made) as (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
      // As a pool in transaction mode does: LISTEN is accepted, by a session that is another one afterwards.
      return {
        connect: () => made.connect(),
        end: () => made.end(),
        on: made.on.bind(made),
        query: (text: string, values?: unknown[]) => query(text.startsWith("LISTEN") ? "select 1" : text, values),
      };
    };
    const { broker, events, told, losses } = join({ client: deaf });
    await told("lost");
    expect(losses()).toEqual([expect.stringContaining("PgBouncer in transaction mode")]);
    expect(events).toHaveLength(1);
    await broker.close();
  });

  it("tells, when it is closed, what it could not publish", async () => {
    const { broker, events } = await connected({ url: server.url, pingMs: 500 });
    server.freeze();
    broker.publish("room", new Uint8Array(99), 3);
    await broker.close();
    expect(events.at(-1)).toEqual({ state: "dropped", messages: 3, bytes: 99 });
    server.thaw();
  });
});
