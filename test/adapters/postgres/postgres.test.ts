import { afterAll, beforeAll, expect, it } from "vitest";
import { endHosts, type HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { bind, numberOf } from "../../brokers/listener.ts";
import { describeOnPostgres, killPostgres, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { BUFFERS } from "../../hosts/buffers.ts";
import { joinEach as join, startHosts, until } from "./hosts.ts";
import { sessions, stranger } from "./joined.ts";

const RUNTIMES: readonly Runtime[] = ["node", "deno", "node", "bun"];

afterAll(() => Promise.all([endHosts(), killPostgres()]));

describeOnPostgres("two Node processes, one of Deno and one of Bun over PostgreSQL", () => {
  let postgres: PostgresServer;
  let hosts: HostProcess[];

  beforeAll(async () => {
    postgres = await startPostgres();
    hosts = await startHosts(RUNTIMES, { url: postgres.url, prefix: "test:" });
  });

  function joinEach(room: string, topics = "", on = hosts, others = 0): Promise<Member[]> {
    return join(on, room, topics, others);
  }

  it("bring every member every message once, in the order of each sender", async () => {
    const members = await joinEach("order");
    const count = 200;
    for (let i = 0; i < count; i += 1) for (const { say, id } of members.map(bind)) say(`${id}:${i}`);
    for (const { take } of members.map(bind)) {
      const heard = (await take(count * members.length)).map(String);
      for (const { id } of members) {
        const numbers = heard.filter((text) => text.startsWith(id)).map(numberOf);
        expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    }
  });

  it("bring what one turn sent, though all of it is alike and too large for one payload", async () => {
    const [first, ...others] = await joinEach("burst");
    first!.tell({ do: "send", data: "x".repeat(1000), times: 500 });
    first!.say("y".repeat(300_000));
    for (const other of others) {
      const heard = await other.take(501);
      expect(heard.at(-1)).toBe("y".repeat(300_000));
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

  it("keep rooms apart, whose names are long, and no names of PostgreSQL's", async () => {
    const names = ["apart", 'apart"', "apart'; select 1 --", `${"long".repeat(30)}1`, `${"long".repeat(30)}2`];
    const rooms = await Promise.all(names.map((name) => joinEach(name)));
    for (const [i, members] of rooms.entries()) for (const member of members) member.say(`${i}`);
    for (const [i, members] of rooms.entries()) {
      for (const member of members) expect(new Set(await member.take(4))).toEqual(new Set([`${i}`]));
    }
    expect(rooms.flat().flatMap(({ client }) => client.unread)).toEqual([]);
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
    const [stays, ...others] = await joinEach(room, "", hosts, 4);
    stays!.tell({ do: "close", topic: "user:7", outside });
    for (const { client } of kicked) expect(await client.closed).toEqual({ code: 4003, reason: "kicked" });
    stays!.say("still here");
    for (const member of [stays!, ...others]) expect(await member.next()).toBe("still here");
  });

  it("count the members of all, from inside and from outside", async () => {
    const members = [...(await joinEach("count")), ...(await joinEach("count", "", hosts, 4))];
    for (const member of members) expect(await member.ask({ do: "count" })).toEqual({ count: 8 });
    expect(await members[0]!.ask({ do: "count", outside: true })).toEqual({ count: 8 });
    await Promise.all(members.slice(1).map(({ client }) => client.close()));
    await until(members[0]!, 1);
  });

  it("have joined a room before anyone can know of it: whoever hears a new member is heard by it", async () => {
    for (let i = 0; i < 40; i += 1) {
      const [old, other] = await joinEach(`new-${i}`, "", hosts.slice(0, 2));
      await other!.client.close();
      await until(old!, 1);
      const again = await Member.join(hosts[1]!, `new-${i}`);
      again.say("I am here");
      expect(await old!.next()).toBe("I am here");
      old!.say("welcome");
      expect(await again.take(2)).toEqual(["I am here", "welcome"]);
    }
  });

  it("drop and tell what somebody else notifies on their channels, and lose neither a room nor PostgreSQL for it", async () => {
    const [one, other] = await joinEach("hall", "", hosts.slice(0, 2));
    const admin = await stranger(postgres.url);
    const { Channels } = await import("../../../src/adapters/postgres/channels.ts");
    const channels = new Channels("test:");
    const room = channels.room(JSON.stringify(["cluster", "hall"]));
    const { rows } = await admin.query("select pid from pg_stat_activity where application_name = 'onesocket'");
    const inboxes: string[] = rows.map(({ pid }) => channels.process(pid));
    let told = 0;
    const tell = async (targets: readonly string[], payload: string) => {
      for (const target of targets) await admin.query("select pg_notify($1, $2)", [target, payload]);
      told += 1;
      await Promise.all(hosts.slice(0, 2).map((host) => host.told("unreadable", told)));
    };
    for (const payload of ["", "hello?", "1.1.2.AAAA", "1.0.1.AAAA", "1.0.1.!"]) await tell([room], payload);
    for (const payload of ["", "what?", "1", "-1.x"]) await tell([channels.everybody], payload);
    for (const payload of ["", "hello", "1.-1", "1.0.5"]) await tell(inboxes, payload);
    one!.say("still here");
    expect(await other!.next()).toBe("still here");
    expect(await other!.ask({ do: "count" })).toEqual({ count: 2 });
    expect(hosts[0]!.events.map(({ state }) => state)).toEqual(["connected", ...Array(told).fill("unreadable")]);
    await admin.end();
  });

  it("are counted without a process that is killed, and the others go on", async () => {
    const members = await joinEach("killed-process");
    await hosts[2]!.end("SIGKILL");
    await until(members[0]!, 3);
    members[0]!.say("go on");
    for (const index of [0, 1, 3]) expect(await members[index]!.next()).toBe("go on");
  });

  it("leave nothing behind: a host that closes ends by itself, and PostgreSQL knows it no more", async () => {
    const admin = await stranger(postgres.url);
    await hosts[0]!.end("SIGTERM");
    await expect.poll(() => sessions(admin)).toBe(2);
    await admin.end();
  });
});
