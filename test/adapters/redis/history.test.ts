import { connect } from "onesocket/client";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { READ } from "../../../src/adapters/redis/log-scripts.ts";
import { endHosts } from "../../brokers/cluster.ts";
import { describeOnRedis, killRedis } from "../../helpers/redis-server.ts";
import { moment, Trio } from "./trio.ts";

afterAll(() => Promise.all([endHosts(), killRedis()]));

describeOnRedis("a history that three processes share over Redis", () => {
  let trio: Trio;

  beforeAll(async () => {
    trio = await Trio.start();
  });

  afterEach(() => trio.part());

  afterAll(() => trio?.close());

  it("brings all that several say at once to all in one order", async () => {
    const all = await trio.enterAll("order");
    await Promise.all(all.map((one, index) => one.say(`${index}:`, 60)));
    for (const one of all) await expect.poll(() => one.heard.length).toBe(180);
    expect(all[1]!.heard).toEqual(all[0]!.heard);
    expect(all[2]!.heard).toEqual(all[0]!.heard);
    for (const index of [0, 1, 2]) {
      const own = all[0]!.heard.filter((word) => word.startsWith(`${index}:`));
      expect(own).toEqual(Array.from({ length: 60 }, (_, i) => `${index}:${i}`));
    }
  });

  it("brings all of it once and in order to whose connections are cut at any moment, wherever they come back", async () => {
    const all = await trio.enterAll("cut");
    const speaker = await trio.speaker("elsewhere");
    for (let i = 0; i < 150; i += 1) {
      await speaker.client.request("outside", { room: "cut", word: `n${i}` });
      if (i % 4 === 0) trio.cutters[(i / 4) % 3]!.cut();
      await moment(4);
    }
    const expected = Array.from({ length: 150 }, (_, i) => `n${i}`);
    for (const one of all) {
      await one.until("n149");
      expect(one.words).toEqual(expected);
      expect(one.isComplete).toBe(true);
    }
    expect(all.flatMap(({ heard }) => heard).filter((word) => word === "recovered: true").length).toBeGreaterThan(5);
  });

  it("keeps topics apart, and the order of one turn's plain messages and notifications elsewhere", async () => {
    const speaker = await trio.speaker("topics");
    const ports = () => trio.cutters.map(({ port }) => port);
    const [news, other] = [await trio.enter("topics", 1, ports, "news"), await trio.enter("topics", 2, ports)];
    other.client.addEventListener("message", ({ data }) => void other.heard.push(String(data)));
    await speaker.say("only", 1, "news");
    trio.cutters[1]!.cut();
    await speaker.say("news", 2, "news");
    await speaker.client.request("mixed");
    await news.until("named");
    await other.until("named");
    expect(news.words).toEqual(["only0", "news0", "news1", "named"]);
    expect(other.words).toEqual(["plain", "named"]);
  });

  it("tells who comes back too late that something is lost, before anything else, and goes on from there", async () => {
    let away = false;
    const late = await trio.enter("late", 1, () => (away ? [1] : [trio.cutters[1]!.port]));
    const speaker = await trio.speaker("late");
    await speaker.say("a");
    await late.until("a0");
    away = true;
    while (late.client.status.state === "open") {
      trio.cutters[1]!.cut();
      await moment(10);
    }
    // The host keeps 200.
    await speaker.say("b", 201);
    await speaker.until("b200");
    away = false;
    await late.until("recovered: false");
    await speaker.say("c");
    await late.until("c0");
    expect(late.heard).toEqual(["a0", "recovered: false", "c0"]);
    expect(await trio.tell("XLEN", trio.keyOf("late"))).toBe(200);
  });

  it("gives who comes for the first time as much of the past as it still knows, in whatever process", async () => {
    const speaker = await trio.speaker("past");
    await speaker.say("n", 230);
    await speaker.until("n229");
    for (const host of trio.hosts) {
      using late = connect(`${host.url}/?room=past`, { history: 1000 });
      const heard: unknown[] = [];
      late.on("said", (word) => void heard.push(word));
      // The host keeps 200.
      await expect.poll(() => heard.length).toBe(200);
      expect([late.status.recovered, heard[0], heard.at(-1)]).toEqual([true, "n30", "n229"]);
    }
  });

  it.each([-3_600_000, 0, 3_600_000])("knows what was said now, and not what was said at now %d ms", async (shift) => {
    const key = `set by ${shift}`;
    const add = (id: string, said: string) => {
      const fields = { epoch: "e", run: "r", time: Date.now() + shift, sum: said.length, sender: "", number: 0, said };
      return trio.tell("XADD", key, id, ...Object.entries(fields).flat().map(String));
    };
    await add("0-1", "");
    await add("1-0", "x");
    const found = await trio.tell("EVAL", READ, "1", key, "fresh", "r", "e", "0", "60000", "60000", "100");
    expect(found).toEqual(shift === 0 ? ["e", "1", "1", "x"] : ["e", "1", "0"]);
  });

  it("begins anew when somebody has deleted it, and tells all before the next word", async () => {
    const all = await trio.enterAll("gone");
    const [speaker] = all;
    await speaker!.say("a");
    for (const one of all) await one.until("a0");
    await trio.tell("DEL", trio.keyOf("gone"));
    await (await trio.speaker("elsewhere")).client.request("outside", { room: "gone", word: "b" });
    for (const one of all) await one.until("recovered: false");
    await (await trio.speaker("elsewhere")).client.request("outside", { room: "gone", word: "c" });
    for (const one of all) {
      await one.until("c");
      expect(one.words.filter((word) => word !== "b")).toEqual(["a0", "c"]);
      expect(one.heard.slice(0, 2)).toEqual(["a0", "recovered: false"]);
    }
  });
});
