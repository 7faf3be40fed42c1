import { afterAll, beforeAll, expect, it } from "vitest";
import { endHosts, HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { Listener } from "../../brokers/listener.ts";
import { describeOnNats, killNats, type NatsServer, startNats } from "../../helpers/nats-server.ts";
import { BUFFERS } from "../../hosts/buffers.ts";

const RUNTIMES: readonly Runtime[] = ["node", "node", "bun", "deno"];

afterAll(() => Promise.all([endHosts(), killNats()]));

describeOnNats("two Node processes, a Bun and a Deno process over NATS", () => {
  let nats: NatsServer;
  let hosts: HostProcess[];

  beforeAll(async () => {
    nats = await startNats(undefined, ["max_payload: 65536"]);
    const options = { connection: { servers: nats.address } };
    hosts = await Promise.all(RUNTIMES.map((runtime) => HostProcess.startOn("nats", runtime, options)));
    await Promise.all(hosts.map((host) => host.told("connected")));
  });

  /** One member on each host, when all of the hosts hear the room. */
  async function joinEach(room: string, topics = "", on = hosts): Promise<Member[]> {
    const members = await Promise.all(on.map((host) => Member.join(host, room, topics)));
    await expect.poll(() => members[0]!.ask({ do: "count" })).toEqual({ count: on.length });
    return members;
  }

  it("bring every member every message once, in the order of each sender", async () => {
    const members = await joinEach("order");
    const listeners = members.map((member) => new Listener(member, members));
    for (const member of members) member.tell({ do: "stream", everyMs: 1 });
    await Promise.all(listeners.map((listener) => listener.progress(200)));
    for (const member of members) member.tell({ do: "stop" });
    await Promise.all(listeners.map((listener) => listener.finished));
    for (const listener of listeners) {
      expect(listener.disorder).toEqual([]);
      expect(listener.received).toBe(listener.sent);
    }
  });

  it("bring what one turn sent, all of it, in its order, and what is longer than NATS takes", async () => {
    const [first, ...others] = await joinEach("burst");
    first!.tell({ do: "send", data: "x".repeat(1000), times: 500 });
    first!.tell({ do: "send", data: "y".repeat(500_000) });
    first!.say("last");
    for (const other of others) {
      const heard = await other.take(502);
      expect(heard.slice(-2)).toEqual(["y".repeat(500_000), "last"]);
      expect(new Set(heard.slice(0, -2))).toEqual(new Set(["x".repeat(1000)]));
    }
  });

  it("keep text text and bytes bytes", async () => {
    const members = await joinEach("kinds");
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    members[0]!.tell({ do: "send", data: all, binary: true });
    members[0]!.tell({ do: "send", data: "grüße \u{1F44B} \u0000" });
    members[0]!.tell({ do: "send", data: "", binary: true });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const member of members)
      expect(await member.take(3)).toEqual([bytes, "grüße \u{1F44B} \u0000", new Uint8Array(0)]);
  });

  it.each(Object.keys(BUFFERS))("bring what a %s held at the call, though it is used again", async (kind) => {
    const members = await joinEach(`reuse ${kind}`);
    for (const member of members) member.tell({ do: "reuse", kind });
    const numbers = [0, 1, 2, 3, 4].flatMap((i) => members.map(() => new Uint8Array(4).fill(i)));
    for (const member of members) expect((await member.take(5 * members.length)).toSorted()).toEqual(numbers);
  });

  it("keep rooms apart whose names mean something to NATS", async () => {
    const rooms = ["a.b", "a.*", ">", "a b", "*"];
    const joined = [];
    for (const room of rooms) joined.push(await joinEach(room));
    for (const [index, members] of joined.entries()) members[0]!.say(rooms[index]!);
    for (const [index, members] of joined.entries())
      for (const member of members) expect(await member.next()).toBe(rooms[index]);
    expect(joined.flat().flatMap(({ client }) => client.unread)).toEqual([]);
  });

  it("leave out the excepted one, wherever it is, and send to a topic's subscribers alone", async () => {
    const members = await joinEach("except");
    const [first, second] = members;
    expect(await second!.ask({ do: "subscribe", topic: "news" })).toEqual({ done: "subscribe" });
    first!.tell({ do: "send", data: "not you", except: members[3]!.id });
    first!.tell({ do: "send", data: "news", topic: "news" });
    first!.say("all");
    expect(await members[3]!.next()).toBe("all");
    expect(await second!.take(3)).toEqual(["not you", "news", "all"]);
    expect(await members[2]!.take(2)).toEqual(["not you", "all"]);
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
    const stays = await Member.join(hosts[0]!, room);
    stays.tell({ do: "close", topic: "user:7", outside });
    for (const { client } of kicked) expect(await client.closed).toEqual({ code: 4003, reason: "kicked" });
    expect(await stays.ask({ do: "count" })).toEqual({ count: 1 });
  });

  it("count the members of all, from inside and from outside", async () => {
    const members = [
      ...(await joinEach("count")),
      ...(await Promise.all(hosts.map((host) => Member.join(host, "count")))),
    ];
    for (const member of members) expect(await member.ask({ do: "count" })).toEqual({ count: 8 });
    expect(await members[0]!.ask({ do: "count", outside: true })).toEqual({ count: 8 });
  });

  it("have joined a room before anyone can know of it: whoever hears a new member is heard by it", async () => {
    for (let i = 0; i < 20; i += 1) {
      const old = await Member.join(hosts[0]!, `new-${i}`);
      expect(await old.ask({ do: "count" })).toEqual({ count: 1 });
      const fresh = await Member.join(hosts[1]!, `new-${i}`);
      fresh.say("I am here");
      expect(await old.next()).toBe("I am here");
      old.say("welcome");
      expect(await fresh.take(2)).toEqual(["I am here", "welcome"]);
    }
  });

  it("leave nothing behind: a host that closes ends by itself, and the others count on without it", async () => {
    const members = await joinEach("ending");
    await hosts[0]!.end("SIGTERM");
    expect(await members[1]!.ask({ do: "count" })).toEqual({ count: 3 });
  });
});
