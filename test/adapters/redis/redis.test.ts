import { createClient, type RedisClientType } from "redis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { endHosts, HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { bind, numberOf } from "../../brokers/listener.ts";
import { passageTo } from "../../brokers/passage.ts";
import { freePort } from "../../helpers/foreground.ts";
import { describeOnRedis, killRedis, type RedisServer, startRedis } from "../../helpers/redis-server.ts";
import { BUFFERS } from "../../hosts/buffers.ts";

const PING_MS = 2000;
const RUNTIMES: readonly Runtime[] = ["node", "node", "node", "bun"];
const PREFIX = "test:";

function channel(room: string): string {
  return `${PREFIX}room:${JSON.stringify(["cluster", room])}`;
}

afterAll(() => Promise.all([endHosts(), killRedis()]));

describeOnRedis("three Node processes and a Bun process over Redis", () => {
  let redis: RedisServer;
  let hosts: HostProcess[];
  let asker: RedisClientType;

  beforeAll(async () => {
    redis = await startRedis();
    const options = { url: redis.url, prefix: PREFIX, pingMs: PING_MS };
    hosts = await Promise.all(RUNTIMES.map((runtime) => HostProcess.start(runtime, options)));
    await Promise.all(hosts.map((host) => host.told("connected")));
    asker = await ask();
  });

  afterAll(async () => {
    asker?.destroy();
  });

  async function ask(): Promise<RedisClientType> {
    const client: RedisClientType = createClient({ url: redis.url });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** How many processes are subscribed to each room, as Redis has it. */
  async function subscribers(rooms: readonly string[]): Promise<number[]> {
    const counts = await asker.pubSubNumSub(rooms.map(channel));
    return rooms.map((room) => Number(counts[channel(room)]));
  }

  async function until(rooms: readonly string[], wanted: readonly number[]): Promise<void> {
    await expect.poll(() => subscribers(rooms), { interval: 10 }).toEqual(wanted);
  }

  /** One member on each host, when all of the hosts hear the room. */
  async function joinEach(room: string, topics = "", on = hosts): Promise<Member[]> {
    const members = await Promise.all(on.map((host) => Member.join(host, room, topics)));
    await until([room], [on.length]);
    return members;
  }

  it("bring every member every message once, in the order of each sender", async () => {
    const members = await joinEach("order");
    const count = 200;
    for (let i = 0; i < count; i += 1) for (const { say, id } of members.map(bind)) say(`${id}:${i}`);
    for (const { take } of members.map(bind)) {
      const heard = await take(count * members.length);
      for (const { id } of members) {
        const numbers = heard
          .map(String)
          .filter((text) => text.startsWith(id))
          .map(numberOf);
        expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    }
  });

  it("bring what one turn sent, all of it, in its order", async () => {
    const [first, ...others] = await joinEach("burst");
    first!.tell({ do: "send", data: "x".repeat(1000), times: 500 });
    first!.say("last");
    for (const other of others) {
      const heard = await other.take(501);
      expect(heard.at(-1)).toBe("last");
      expect(new Set(heard.slice(0, -1))).toEqual(new Set(["x".repeat(1000)]));
    }
  });

  it("keep text text and bytes bytes", async () => {
    const members = await joinEach("kinds");
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    members[0]!.tell({ do: "send", data: all, binary: true });
    members[0]!.tell({ do: "send", data: "grüße \u{1F44B} \u0000" });
    members[0]!.tell({ do: "send", data: "", binary: true });
    for (const member of members) {
      expect(await member.take(3)).toEqual([
        Uint8Array.from({ length: 256 }, (_, i) => i),
        "grüße \u{1F44B} \u0000",
        new Uint8Array(0),
      ]);
    }
  });

  it.each(Object.keys(BUFFERS))("bring what a %s held at the call, though it is used again", async (kind) => {
    const members = await joinEach(`reuse ${kind}`);
    for (const member of members) member.tell({ do: "reuse", kind });
    for (const member of members) {
      const heard = await member.take(5 * members.length);
      const numbers = [0, 1, 2, 3, 4].flatMap((i) => members.map(() => new Uint8Array(4).fill(i)));
      expect(heard.toSorted()).toEqual(numbers);
    }
  });

  it("keep rooms apart", async () => {
    const [here, there] = [await joinEach("apart"), await joinEach('apart"')];
    for (const member of here) member.say("here");
    for (const member of there) member.say("there");
    for (const member of here) expect(new Set(await member.take(4))).toEqual(new Set(["here"]));
    for (const member of there) expect(new Set(await member.take(4))).toEqual(new Set(["there"]));
    expect([...here, ...there].flatMap(({ client }) => client.unread)).toEqual([]);
  });

  it("leave out the excepted one, wherever it is", async () => {
    const members = await joinEach("except");
    members[0]!.tell({ do: "send", data: "not you", except: members[3]!.id });
    members[0]!.say("all");
    expect(await members[3]!.next()).toBe("all");
    for (const member of members.slice(0, 3)) expect(await member.take(2)).toEqual(["not you", "all"]);
  });

  it("send to a topic's subscribers from subscribe to unsubscribe, and not a message longer", async () => {
    const [first, ...others] = await joinEach("topics");
    for (const member of others)
      expect(await member.ask({ do: "subscribe", topic: "news" })).toEqual({ done: "subscribe" });
    first!.tell({ do: "send", data: "1", topic: "news" });
    for (const member of others) expect(await member.next()).toBe("1");
    for (const member of others) await member.ask({ do: "unsubscribe", topic: "news" });
    first!.tell({ do: "send", data: "2", topic: "news" });
    first!.say("3");
    for (const member of others) expect(await member.next()).toBe("3");
    expect(await first!.next()).toBe("3");
  });

  it("are reached from outside, by a process that has no socket in the room", async () => {
    const members = await joinEach("inside", "", hosts.slice(1));
    const outsider = await Member.join(hosts[0]!, "elsewhere");
    outsider.tell({ do: "outside", room: "inside", data: "hello" });
    for (const member of members) expect(await member.next()).toBe("hello");
  });

  it.each([{ outside: false }, { outside: true }])("close a topic's sockets everywhere: %o", async ({ outside }) => {
    const room = `kick-${outside}`;
    const kicked = await joinEach(room, "user:7");
    const [stays, ...others] = await joinEach(room);
    stays!.tell({ do: "close", topic: "user:7", outside });
    for (const { client } of kicked) expect(await client.closed).toEqual({ code: 4003, reason: "kicked" });
    stays!.say("still here");
    for (const member of [stays!, ...others]) expect(await member.next()).toBe("still here");
  });

  it("count the members of all, from inside and from outside", async () => {
    const members = [...(await joinEach("count")), ...(await joinEach("count"))];
    for (const member of members) expect(await member.ask({ do: "count" })).toEqual({ count: 8 });
    expect(await members[0]!.ask({ do: "count", outside: true })).toEqual({ count: 8 });
    await Promise.all(members.slice(1).map(({ client }) => client.close()));
    await until(["count"], [1]);
    expect(await members[0]!.ask({ do: "count" })).toEqual({ count: 1 });
  });

  it("have joined a room before anyone can know of it: whoever hears a new member is heard by it", async () => {
    const rooms = Array.from({ length: 40 }, (_, i) => `new-${i}`);
    for (const room of rooms) {
      const [old, fresh] = [await Member.join(hosts[0]!, room), await Member.join(hosts[1]!, room)];
      await until([room], [2]);
      await fresh.client.close();
      await until([room], [1]);
      const again = await Member.join(hosts[1]!, room);
      again.say("I am here");
      expect(await old.next()).toBe("I am here");
      old.say("welcome");
      expect(await again.take(2)).toEqual(["I am here", "welcome"]);
    }
  });

  describe("with 1000 rooms", () => {
    it("are subscribed to exactly those in which they have members", async () => {
      const rooms = Array.from({ length: 1000 }, (_, i) => `many-${i}`);
      const nodes = hosts.slice(0, 3);
      const first = await inParts(rooms, (room, i) => Member.join(nodes[i % 3]!, room));
      await until(
        rooms,
        rooms.map(() => 1),
      );
      const few = rooms.slice(0, 100);
      const second = await inParts(few, (room, i) => Member.join(nodes[(i + 1) % 3]!, room));
      const third = await inParts(few, (room, i) => Member.join(nodes[i % 3]!, room));
      await until(
        rooms,
        rooms.map((_, i) => (i < 100 ? 2 : 1)),
      );
      await inParts(first, ({ client }) => client.close());
      await until(
        rooms,
        rooms.map((_, i) => (i < 100 ? 2 : 0)),
      );
      await inParts(second, ({ client }) => client.close());
      await until(
        rooms,
        rooms.map((_, i) => (i < 100 ? 1 : 0)),
      );
      await inParts(third, ({ client }) => client.close());
      await until(
        rooms,
        rooms.map(() => 0),
      );
      expect(await asker.pubSubChannels(`${PREFIX}room:*many*`)).toEqual([]);
    });
  });

  it("are cut by Redis when they read too slowly, and told exactly how many messages they have missed", async () => {
    const slow = hosts[1]!;
    const before = { missed: slow.messages("missed"), connected: slow.count("connected") };
    const [one, other] = await joinEach("slow", "", [hosts[0]!, slow]);
    const listeners = async () =>
      String(await asker.sendCommand(["CLIENT", "LIST", "TYPE", "pubsub"]))
        .trim()
        .split("\n");
    await asker.configSet("client-output-buffer-limit", "pubsub 100kb 0 0");
    // Those whom an earlier test has cut come back first.
    while ((await listeners()).length < hosts.length);
    slow.signal("SIGSTOP");
    let sent = 0;
    while ((await listeners()).length === hosts.length) {
      one!.tell({ do: "send", data: "x".repeat(10_000), times: 100 });
      await one!.take(100);
      sent += 100;
    }
    slow.signal("SIGCONT");
    await slow.told("connected", before.connected + 1);
    one!.say("end");
    let received = 0;
    while ((await other!.next()) !== "end") received += 1;
    const missed = slow.messages("missed") - before.missed;
    expect(missed).toBeGreaterThan(0);
    expect(received + missed).toBe(sent);
  });

  it("leave nothing behind: a host that closes ends by itself, and Redis knows it no more", async () => {
    await joinEach("ending", "", [hosts[0]!, hosts[1]!]);
    await Promise.all([hosts[0]!.end("SIGTERM"), hosts[1]!.end("SIGTERM")]);
    await until(["ending"], [0]);
    expect(await asker.pubSubChannels(`${PREFIX}process:*`)).toHaveLength(2);
  });
});

describeOnRedis("a host whose Redis is not there yet", () => {
  it("starts, keeps what it sends up to its bound, tells what it dropped, and connects by itself", async () => {
    const port = await freePort();
    const between = await passageTo(port);
    onTestFinished(between.close);
    const at = (where: number) => ({ url: `redis://127.0.0.1:${where}`, pingMs: PING_MS });
    const sender = await HostProcess.start("node", { ...at(between.port), keptMessages: 10 });
    const receiver = await HostProcess.start("deno", at(port));
    await Promise.all([sender.told("lost"), receiver.told("lost")]);
    const [one, other] = [await Member.join(sender, "early"), await Member.join(receiver, "early")];
    for (let i = 0; i < 30; i += 1) {
      one.say(`${i}`);
      expect(await one.next()).toBe(`${i}`);
    }
    await sender.told("dropped");
    between.part();
    await startRedis(port);
    // Who comes back more than a second after the sender misses what was kept.
    await receiver.told("connected");
    between.join();
    await sender.told("connected");
    expect(await other.take(10)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(await one.ask({ do: "count" })).toEqual({ count: 2 });
    one.say("after");
    expect(await other.next()).toBe("after");
    await receiver.told("missed");
    expect([sender.messages("dropped"), receiver.messages("missed")]).toEqual([20, 20]);
  });
});

/** A hundred at a time: a burst of handshakes would overflow the listening queue. */
async function inParts<Item, Result>(
  items: readonly Item[],
  run: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += 100) {
    const part = items.slice(from, from + 100);
    results.push(...(await Promise.all(part.map((item, i) => run(item, from + i)))));
  }
  return results;
}
