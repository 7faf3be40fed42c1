import { createClient } from "redis";
import { afterAll, expect, it } from "vitest";
import { encodeText } from "../../../src/core/protocol/utf8.ts";
import { encodeBatch, pack } from "../../../src/core/rooms/cluster/batch.ts";
import { endHosts, HostProcess, Member } from "../../brokers/cluster.ts";
import { describeOnRedis, killRedis, startRedis } from "../../helpers/redis-server.ts";

afterAll(() => Promise.all([endHosts(), killRedis()]));

const ROOM = 'onesocket:room:["cluster","hall"]';

/** On a room's channel: a kind, and what is no message of that kind. */
const ON_A_ROOM: readonly [string, Uint8Array][] = [
  ["nothing", new Uint8Array(0)],
  ["a text of somebody else", encodeText("hello?")],
  ["a kind that there is none of", Uint8Array.of(2, 0, 0, 0, 0)],
  ["a batch that is none", Uint8Array.of(0, 1, 2, 3)],
  ["a batch with a close that has no code", batch(new Uint8Array(0))],
  ["a question that is no JSON", encodeText("\u0001what?")],
  ["a question that is a number", encodeText("\u00015")],
  ["a question that is null", encodeText("\u0001null")],
  ["a question whose id is none", encodeText('\u0001["1","onesocket:process:x"]')],
  ["a question to be answered in a room", encodeText(`\u0001${JSON.stringify([1, ROOM])}`)],
  ["a question to be answered by a number", encodeText("\u0001[1,2]")],
];

const ON_A_PROCESS: readonly [string, string][] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["null", "null"],
  ["a number", "7"],
  ["an answer whose id is none", '{"id":"1","size":1}'],
  ["an answer without a size", '{"id":1}'],
  ["an answer whose size is a text", '{"id":1,"size":"1"}'],
  ["an answer whose size is below zero", '{"id":1,"size":-1}'],
  ["an answer whose size is a fraction", '{"id":1,"size":0.5}'],
];

/** A batch with one close, whose bytes are these. */
function batch(close: Uint8Array<ArrayBuffer>): Uint8Array {
  const { head } = pack({ act: { code: 4000, reason: "" } });
  const bytes = encodeBatch({ from: "somebody", epoch: 1, offset: 0 }, [
    { head: [close.length, head[1]], bytes: close },
  ]);
  return Uint8Array.from([0, ...bytes]);
}

describeOnRedis("what somebody else publishes on our channels", () => {
  it("is dropped and told, each by each, and neither a room nor Redis is lost for it", async () => {
    const { url } = await startRedis();
    const hosts = await Promise.all((["node", "bun"] as const).map((runtime) => HostProcess.start(runtime, { url })));
    await Promise.all(hosts.map((host) => host.told("connected")));
    const [one, other] = await Promise.all(hosts.map((host) => Member.join(host, "hall")));
    expect(await one!.ask({ do: "count" })).toEqual({ count: 2 });
    const stranger = await createClient({ url }).connect();

    let told = 0;
    for (const [what, bytes] of ON_A_ROOM) {
      expect(await stranger.publish(ROOM, Buffer.from(bytes)), what).toBe(2);
      told += 1;
      await Promise.all(hosts.map((host) => host.told("unreadable", told)));
    }
    const inboxes = await stranger.pubSubChannels("onesocket:process:*");
    expect(inboxes).toHaveLength(2);
    for (const [, text] of ON_A_PROCESS) {
      for (const inbox of inboxes) await stranger.publish(inbox, text);
      told += 1;
      await Promise.all(hosts.map((host) => host.told("unreadable", told)));
    }

    one!.say("still here");
    expect(await other!.next()).toBe("still here");
    expect(await other!.ask({ do: "count" })).toEqual({ count: 2 });
    for (const host of hosts) {
      expect(host.events.map(({ state }) => state)).toEqual(["connected", ...Array(told).fill("unreadable")]);
      const rooms = host.events.flatMap((event) => (event.state === "unreadable" ? [event.room] : []));
      expect(rooms).toEqual([...ON_A_ROOM.map(() => "hall"), ...ON_A_PROCESS.map(() => "")]);
    }
    stranger.destroy();
  });

  it("neither answers a count nor spoils it", async () => {
    const { url } = await startRedis();
    const host = await HostProcess.start("node", { url });
    await host.told("connected");
    const member = await Member.join(host, "hall");
    const stranger = await createClient({ url }).connect();
    const [inbox = ""] = await stranger.pubSubChannels("onesocket:process:*");
    const flood = async () => {
      for (let id = 0; id < 50; id += 1) await stranger.publish(inbox, `{"id":${id},"size":null}`);
    };
    const flooded = flood();
    for (let turn = 0; turn < 20; turn += 1) expect(await member.ask({ do: "count" })).toEqual({ count: 1 });
    await flooded;
    await host.told("unreadable", 50);
    stranger.destroy();
  });
});
