import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { moment, portOf, Trio } from "../adapters/redis/trio.ts";
import { endHosts } from "../brokers/cluster.ts";
import { describeOnRedis, killRedis, startRedis } from "../helpers/redis-server.ts";

afterAll(() => Promise.all([endHosts(), killRedis()]));

describeOnRedis("a history that three processes share, where something dies", () => {
  let trio: Trio;

  beforeEach(async () => {
    trio = await Trio.start();
  });

  afterEach(async () => {
    trio.close();
    await endHosts();
    await trio.redis.kill().catch(() => {});
  });

  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

  it("is whole and in order for all when a process is killed, in the middle of what is said", async () => {
    const all = await trio.enterAll("lobby");
    const speaker = await trio.speaker("elsewhere", 2);
    for (let i = 0; i < 180; i += 1) {
      await speaker.client.request("outside", { room: "lobby", word: `n${i}` });
      if (i === 60) void trio.hosts[0]!.end("SIGKILL");
      if (i % 6 === 0) trio.cutters[1 + (i % 2)]!.cut();
      await moment(4);
    }
    for (const one of all) {
      await one.until("n179");
      expect(one.words).toEqual(numbers(180));
      expect(one.isComplete).toBe(true);
    }
  });

  it("is whole and in order for those who never leave, when the processes' connections to Redis are cut", async () => {
    const all = await Promise.all([0, 1, 2].map((host) => trio.enter("lobby", 0, () => [portOf(trio.hosts[host]!)])));
    const speaker = await trio.speaker("elsewhere", 1);
    for (let i = 0; i < 150; i += 1) {
      await speaker.client.request("outside", { room: "lobby", word: `n${i}` });
      if (i % 40 === 20) void trio.tell("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "pubsub");
      await moment(30);
    }
    for (const one of all) {
      await one.until("n149");
      expect(one.heard).toEqual(numbers(150));
    }
    expect(trio.hosts.every((host) => host.count("lost") > 0)).toBe(true);
  });

  it("is another one when Redis comes back without its data, and all are told before they hear what comes then", async () => {
    const all = await trio.enterAll("lobby");
    await all[0]!.say("before");
    for (const one of all) await one.until("before0");
    const { port } = trio.redis;
    await trio.redis.kill();
    await Promise.all(trio.hosts.map((host) => host.told("lost")));
    // Kept until Redis is back.
    await all[0]!.say("away");
    trio.redis = await startRedis(port);
    for (const one of all) await one.until("recovered: false");
    const speaker = await trio.speaker("elsewhere");
    await expect.poll(() => all.every(({ client }) => client.status.state === "open")).toBe(true);
    await speaker.client.request("outside", { room: "lobby", word: "after" });
    for (const one of all) {
      await one.until("after");
      const words = one.heard.filter((word) => word !== "recovered: true");
      expect(words.slice(0, 2)).toEqual(["before0", "recovered: false"]);
      expect(words.filter((word) => word === "after")).toHaveLength(1);
      expect(words.filter((word) => word === "away0").length).toBeLessThanOrEqual(1);
    }
  });

  it("does not open a socket without a place while Redis is away, and has it come back", async () => {
    const { port } = trio.redis;
    await trio.redis.kill();
    await Promise.all(trio.hosts.map((host) => host.told("lost")));
    const entering = trio.enter("new", 0);
    const one = await entering;
    await expect
      .poll(() => one.client.status.failure, { interval: 1 })
      .toMatchObject({ code: "CLOSED_BY_SERVER", closeCode: 1013 });
    trio.redis = await startRedis(port);
    await Promise.all(trio.hosts.map((host) => host.told("connected", 2)));
    const speaker = await trio.speaker("elsewhere");
    while (!one.heard.includes("there")) {
      await speaker.client.request("outside", { room: "new", word: "there" });
      await moment(50);
    }
  });
});
