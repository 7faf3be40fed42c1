import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createClient, type RedisClientType } from "redis";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { RedisOptions } from "../../../src/adapters/redis/broker.ts";
import { freePort } from "../../helpers/foreground.ts";
import {
  describeOnRedis,
  killRedis,
  type RedisServer,
  startRedis,
  startSecureRedis,
  startSentinel,
} from "../../helpers/redis-server.ts";
import { connected, type Joined, join, SILENT } from "./joined.ts";

const joined: Joined[] = [];
const clients: RedisClientType[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(joined.splice(0).map(({ broker }) => broker.close()));
});

afterAll(killRedis);

function at(url: RedisOptions["url"]): Joined {
  const made = join({ url });
  joined.push(made);
  return made;
}

async function connectedTo(url: RedisOptions["url"]): Promise<Joined> {
  const made = await connected({ url });
  joined.push(made);
  return made;
}

async function clientOf({ url }: RedisServer): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ url });
  client.on("error", () => {});
  await client.connect();
  clients.push(client);
  return client;
}

/** The bytes that come to a room next. */
function nextIn({ broker }: Joined, room: string): Promise<number[]> {
  return new Promise((resolve) => {
    broker.subscribe(room, { ...SILENT, receive: (bytes) => resolve([...bytes]) });
  });
}

function replicaOf({ port }: RedisServer): Readonly<Record<string, string>> {
  return { replicaof: `127.0.0.1 ${port}` };
}

/** Where a Sentinel says that the primary is. */
async function primaryBy(sentinel: RedisClientType): Promise<string> {
  const command = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "chat"];
  const [host, port] = (await sentinel.sendCommand(command)) as unknown as string[];
  return `redis://${host}:${port}`;
}

/** Lets a Sentinel find replicas within a second, not ten, and make one of an old primary within two, not eight. */
async function hurry(sentinel: RedisClientType): Promise<void> {
  // Not by PING-PERIOD: under a dead primary Sentinel asks its replicas for INFO each second, but promotes none whose INFO is older
  // than five of those periods. With 100 ms most failovers were given up (Redis 7.0.15, sentinelSelectSlave, 2026-11).
  await sentinel.sendCommand(["SENTINEL", "DEBUG", "INFO-PERIOD", "1000", "PUBLISH-PERIOD", "500"]);
}

/** Resolves when a Sentinel knows so many replicas that it could promote. */
async function promotable(sentinel: RedisClientType, count: number): Promise<void> {
  const usable = async () => {
    const replicas = (await sentinel.sendCommand(["SENTINEL", "REPLICAS", "chat"])) as unknown as Record<
      string,
      string
    >[];
    return replicas.filter((replica) => replica.flags === "slave" && replica["master-link-status"] === "ok");
  };
  await expect.poll(usable).toHaveLength(count);
}

describeOnRedis("a broker whose Redis is not the one that all processes share", () => {
  it("at a replica is lost and says so, until that is the primary; what was sent meanwhile is kept", async () => {
    const primary = await startRedis();
    const replica = await startRedis(undefined, replicaOf(primary));
    const there = at(replica.url);
    await there.told("lost");
    there.broker.publish("room", Uint8Array.of(7), 1);
    await expect(there.broker.count("room")).rejects.toThrow(/not connected/);
    // As long as three attempts to connect take.
    const attempts = await clientOf(replica);
    await expect
      .poll(async () => Number(/total_connections_received:(\d+)/.exec(await attempts.info("stats"))?.[1]))
      .toBeGreaterThan(4);
    expect(there.events).toEqual([{ state: "lost", error: expect.any(Error) }]);
    expect(there.losses()[0]).toMatch(/replica.*primary/s);

    // Not a broker: it could connect no sooner than the other, whose message it would miss.
    const here = await clientOf(replica);
    const heard = new Promise<Buffer>((resolve) => here.subscribe("onesocket:room:room", resolve, true));
    await expect.poll(() => subscribers(attempts, "room")).toBe(1);
    await attempts.sendCommand(["REPLICAOF", "NO", "ONE"]);
    await there.told("connected");
    expect([...(await heard)]).toEqual([0, 7]);
  });

  it("at a primary that becomes a replica is lost within two pings, and says why", async () => {
    const [old, next] = [await startRedis(), await startRedis()];
    const there = await connectedTo(old.url);
    await (await clientOf(old)).sendCommand(["REPLICAOF", "127.0.0.1", `${next.port}`]);
    await there.told("lost");
    expect(there.losses()[0]).toMatch(/replica/);
    await expect(there.broker.count("room")).rejects.toThrow(/not connected/);
  });

  it("at a primary that dies and comes back as a replica says that, too, each time", async () => {
    const [old, next] = [await startRedis(), await startRedis()];
    const there = await connectedTo(old.url);
    await old.kill();
    await there.told("lost");
    const again = await startRedis(old.port, replicaOf(next));
    await there.told("lost", 2);
    await (await clientOf(again)).sendCommand(["REPLICAOF", "NO", "ONE"]);
    await there.told("connected", 2);
    await again.kill();
    await there.told("lost", 3);
    await startRedis(old.port, replicaOf(next));
    await there.told("lost", 4);
    expect(there.losses().map((words) => /replica/.test(words))).toEqual([false, true, false, true]);
    expect(there.events).toHaveLength(6);
  });

  it("at a Sentinel is lost, and says what to ask it for", async () => {
    const sentinel = await startSentinel((await startRedis()).port);
    const there = at(sentinel.url);
    await there.told("lost");
    const attempts = await clientOf(sentinel);
    await expect
      .poll(async () =>
        Number(/total_connections_received:(\d+)/.exec(String(await attempts.sendCommand(["INFO", "stats"])))?.[1]),
      )
      .toBeGreaterThan(4);
    expect(there.events).toEqual([{ state: "lost", error: expect.any(Error) }]);
    expect(there.losses()[0]).toMatch(/Sentinel.*get-master-addr-by-name/is);
  });

  it("follows the primary through a failover when its url is asked of a Sentinel", { timeout: 120_000 }, async () => {
    const primary = await startRedis();
    const replica = await startRedis(undefined, replicaOf(primary));
    const sentinel = await startSentinel(primary.port);
    const asked = await clientOf(sentinel);
    const url = () => primaryBy(asked);
    await hurry(asked);
    const [one, other] = [await connectedTo(url), await connectedTo(url)];
    const here = await clientOf(replica);
    await promotable(asked, 1);
    // A Sentinel that is too slow gives a failover up.
    const role = async () => {
      const now = String(await here.sendCommand(["ROLE"]));
      if (!now.startsWith("master")) await asked.sendCommand(["SENTINEL", "FAILOVER", "chat"]).catch(() => {});
      return now;
    };
    await expect.poll(role, { timeout: 60_000, interval: 200 }).toMatch(/^master/);
    await Promise.all([one.told("lost"), other.told("lost")]);
    await Promise.all([one.told("connected", 2), other.told("connected", 2)]);
    const heard = nextIn(other, "room");
    await expect.poll(() => one.broker.count("room")).toBe(1);
    one.broker.publish("room", Uint8Array.of(9), 1);
    expect(await heard).toEqual([9]);
  });

  it("follows the primary when that is killed, to whichever of its two replicas the Sentinel chooses", {
    timeout: 120_000,
  }, async () => {
    const primary = await startRedis();
    const replicas = [await startRedis(undefined, replicaOf(primary)), await startRedis(undefined, replicaOf(primary))];
    const sentinel = await startSentinel(primary.port);
    const asked = await clientOf(sentinel);
    await hurry(asked);
    const address = () => primaryBy(asked);
    const [one, other] = [await connectedTo(address), await connectedTo(address)];
    await promotable(asked, 2);
    await primary.kill();
    await Promise.all([one.told("lost"), other.told("lost")]);
    const heard = nextIn(other, "room");
    one.broker.publish("room", Uint8Array.of(9), 1);
    const moved = { timeout: 60_000 };
    await expect.poll(address, moved).not.toBe(primary.url);
    for (const { events } of [one, other])
      await expect.poll(() => events.at(-1), moved).toEqual({ state: "connected" });
    expect(replicas.map(({ url }) => url)).toContain(await address());
    expect(await heard).toEqual([9]);
    expect(await one.broker.count("room")).toBe(1);
  });
});

describeOnRedis("a Redis that speaks TLS", () => {
  it("carries rooms by a rediss: address, and is not trusted without its certificate", async () => {
    const { url, certificate } = await startSecureRedis();
    const trusted = () => createClient({ url, socket: { tls: true, ca: certificate } });
    const [one, other] = [await connected({ client: trusted() }), await connected({ client: trusted() })];
    joined.push(one, other);
    const heard = nextIn(other, "room");
    await expect.poll(() => one.broker.count("room")).toBe(1);
    one.broker.publish("room", Uint8Array.of(7), 1);
    expect(await heard).toEqual([7]);
    const stranger = at(url);
    await stranger.told("lost");
    expect(stranger.losses()[0]).toMatch(/certificate/);
    expect(stranger.events).toHaveLength(1);
  });
});

describeOnRedis("brokers at different nodes of a Redis Cluster, one of them a replica", () => {
  it("hear one another, and refuse to count rather than count what one node sees", async () => {
    const nodes = await Promise.all([startNode(), startNode(), startNode()]);
    const admins = await Promise.all(nodes.map(clientOf));
    const [admin, , third] = admins as [RedisClientType, RedisClientType, RedisClientType];
    await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    for (const { port, bus } of nodes.slice(1))
      await admin.sendCommand(["CLUSTER", "MEET", "127.0.0.1", `${port}`, `${bus}`]);
    // What is published over a link that is not there yet is gone.
    const linked = async (node: RedisClientType) => {
      const lines = String(await node.sendCommand(["CLUSTER", "NODES"]))
        .trim()
        .split("\n");
      return lines.filter((line) => / connected/.test(line) && !/handshake/.test(line)).length;
    };
    for (const node of admins) await expect.poll(() => linked(node)).toBe(3);
    await third.sendCommand(["CLUSTER", "REPLICATE", String(await admin.sendCommand(["CLUSTER", "MYID"]))]);
    const brokers = await Promise.all(nodes.map(({ url }) => connectedTo(url)));
    for (const speaker of brokers) {
      const room = `room ${brokers.indexOf(speaker)}`;
      const heard = Promise.all(brokers.map((one) => nextIn(one, room)));
      for (const node of admins) await expect.poll(() => subscribers(node, room)).toBe(1);
      speaker.broker.publish(room, Uint8Array.of(1, 2), 1);
      expect(await heard).toEqual([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
      await expect(speaker.broker.count(room)).rejects.toThrow(/Redis Cluster.*room\.size/s);
    }
    expect(brokers.flatMap(({ events }) => events)).toEqual(Array(3).fill({ state: "connected" }));
  });
});

async function subscribers(node: RedisClientType, room: string): Promise<number> {
  const channel = `onesocket:room:${room}`;
  return Number((await node.pubSubNumSub([channel]))[channel]);
}

async function startNode(): Promise<RedisServer & { readonly bus: number }> {
  const bus = await freePort();
  const settings = { "cluster-enabled": "yes", "cluster-port": `${bus}`, "cluster-node-timeout": "2000" };
  return { ...(await startRedis(undefined, settings)), bus };
}

describe("the words for a Redis that is too old", () => {
  describeOnRedis("at one that knows no HELLO", () => {
    it("a broker is lost, and says which version it needs", async () => {
      const old = await startRedis(undefined, { "rename-command": 'HELLO ""' });
      const there = at(old.url);
      await there.told("lost");
      expect(there.losses()[0]).toMatch(/Redis 6/);
    });

    it("but for the handshake, a broker pings it instead, and notices when it freezes", async () => {
      const server = await startRedis();
      const proxy = await withoutBareHello(server.port);
      const there = await connectedTo(`redis://127.0.0.1:${proxy.port}`);
      await expect.poll(() => proxy.pings()).toBeGreaterThan(2);
      expect(there.events).toEqual([{ state: "connected" }]);
      server.freeze();
      await there.told("lost");
      expect(there.losses()[0]).toMatch(/did not answer/);
      proxy.stop();
    });
  });
});

/** Stands before a Redis, and makes a HELLO without arguments a command that nobody knows. */
async function withoutBareHello(port: number) {
  const sockets: Socket[] = [];
  let pings = 0;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    sockets.push(near, far);
    near.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      pings += text.split("\r\nPING\r\n").length - 1;
      far.write(Buffer.from(text.replaceAll("*1\r\n$5\r\nHELLO\r\n", "*1\r\n$5\r\nHOLLA\r\n"), "latin1"));
    });
    far.pipe(near);
    near.on("error", () => {}).on("close", () => far.destroy());
    far.on("error", () => {}).on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, pings: () => pings, stop };
}
