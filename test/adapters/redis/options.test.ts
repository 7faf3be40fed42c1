import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { afterAll, describe, expect, it } from "vitest";
import { connectRedis, type RedisOptions } from "../../../src/adapters/redis/broker.ts";
import { redis } from "../../../src/adapters/redis/index.ts";
import { describeOnRedis, killRedis, startRedis } from "../../helpers/redis-server.ts";
import { connected, SILENT } from "./joined.ts";

const ROOT = join(import.meta.dirname, "../../..");

describe("redis()", () => {
  it.each<RedisOptions>([
    {},
    { url: "redis://localhost", client: createClient() },
    { url: "http://localhost" },
    { url: "redis://localhost", keptMessages: 0 },
    { url: "redis://localhost", keptBytes: 1.5 },
    { url: "redis://localhost", pingMs: Number.NaN },
    { url: 6379 as never },
    { client: null as never },
    { client: {} as never },
  ])("throws a TypeError for options that make no sense: %o", (options) => {
    expect(() => redis(options)).toThrow(TypeError);
  });

  it.each([
    ["a cluster's", createCluster({ rootNodes: [] })],
    ["a Sentinel's", createSentinel({ name: "chat", sentinelRootNodes: [{ host: "127.0.0.1", port: 1 }] })],
    ["a pool", createClientPool()],
    ["a legacy", createClient().legacy()],
    ["another library's", { ...createClient(), createPool: undefined, duplicate() {}, connect() {}, subscribe() {} }],
  ])(
    "throws a TypeError for %s client, which has several connections or another shape, and says what to give",
    (_, client) => {
      expect(() => redis({ client: client as never })).toThrow(TypeError);
      expect(() => redis({ client: client as never })).toThrow(/createClient/);
    },
  );

  it("says what to install when the client is not there, as an event, and serves all the same", async () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(name, context, next) {
          if (name === "redis") throw new Error("Cannot find package 'redis'");
          return next(name, context);
        },
      });
      const { useBroker } = await import("onesocket");
      const { redis } = await import("onesocket/redis");
      const end = useBroker(redis({ url: "redis://127.0.0.1:1" }), async (event) => {
        console.log(event.state, event.error.message);
        await end();
      });
    `;
    const args = ["--conditions=onesocket-source", "--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(join(ROOT, "node_modules/.bin/node"), args, { cwd: ROOT });
    expect(stdout).toBe("lost onesocket/redis needs the package redis: npm install redis\n");
  });
});

describeOnRedis("a broker over Redis", () => {
  afterAll(killRedis);

  it("takes a client's options, and leaves the client alone", async () => {
    const { url } = await startRedis();
    const client = createClient({ url });
    const { broker } = await connected({ client });
    expect(client.isOpen).toBe(false);
    expect(await broker.count("nothing")).toBe(0);
    await broker.close();
  });

  it("can be closed at any time on its way, and leaves no connection behind", async () => {
    const { url } = await startRedis();
    const admin = await createClient({ url }).connect();
    const clients = async () =>
      String(await admin.sendCommand(["CLIENT", "LIST"]))
        .trim()
        .split("\n").length;
    for (let turns = 0; turns < 30; turns += 1) {
      const broker = connectRedis({ url })(() => {});
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await broker.close();
    }
    await expect.poll(clients).toBe(1);
    admin.destroy();
  });

  it("keeps those with different prefixes apart", async () => {
    const { url } = await startRedis();
    const one = await connected({ url, prefix: "one:" });
    const other = await connected({ url, prefix: "other:" });
    const subscriber = { ...SILENT, size: () => 5 };
    one.broker.subscribe("room", subscriber);
    expect(await one.broker.count("room")).toBe(5);
    expect(await other.broker.count("room")).toBe(0);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("carries what is as large as a message may be", async () => {
    const { url } = await startRedis();
    const [one, other] = [await connected({ url }), await connected({ url })];
    const bytes = new Uint8Array(1 << 20).map((_, i) => i * 31);
    const received = new Promise<Uint8Array>((resolve) => {
      other.broker.subscribe("room", { ...SILENT, receive: resolve });
    });
    await other.broker.count("room");
    one.broker.publish("room", bytes, 1);
    expect(Buffer.compare(await received, bytes)).toBe(0);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("refuses a count that a process does not answer", async () => {
    const { url } = await startRedis();
    const { broker } = await connected({ url, pingMs: 1000 });
    const silent = await createClient({ url }).connect();
    await silent.subscribe("onesocket:room:room", () => {});
    await expect(broker.count("room")).rejects.toThrow(/1 of 1 processes did not answer within 1000 ms/);
    silent.destroy();
    await broker.close();
  });

  it("tells, when it is closed, what it could not publish", async () => {
    const server = await startRedis();
    const { broker, events } = await connected({ url: server.url, pingMs: 500 });
    server.freeze();
    broker.publish("room", new Uint8Array(99), 3);
    await broker.close();
    expect(events.at(-1)).toEqual({ state: "dropped", messages: 3, bytes: 100 });
  });

  it("tells that it is lost when Redis refuses to publish, with what Redis said, and publishes when it may", async () => {
    const { url } = await startRedis();
    const admin = await createClient({ url }).connect();
    const { broker, events } = await connected({ url });
    const received = new Promise<Uint8Array>((resolve) => {
      broker.subscribe("room", { ...SILENT, receive: resolve });
    });
    await broker.count("room");
    await admin.sendCommand(["ACL", "SETUSER", "default", "-publish"]);
    broker.publish("room", Uint8Array.of(7), 1);
    await expect.poll(() => events.at(-1)).toMatchObject({ state: "lost", error: { message: /NOPERM/ } });
    await admin.sendCommand(["ACL", "SETUSER", "default", "+publish"]);
    expect([...(await received)]).toEqual([7]);
    admin.destroy();
    await broker.close();
  });
});
