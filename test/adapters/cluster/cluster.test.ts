import { availableParallelism } from "node:os";
import { workers } from "onesocket/cluster";
import { threads } from "onesocket/cluster/threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Client } from "../../helpers/client.ts";
import { Member, Program, spread } from "../../helpers/cluster.ts";
import { freePort } from "../../helpers/programs.ts";
import type { Kind } from "./program.ts";

const KINDS: readonly Kind[] = ["processes", "threads"];

describe.each(KINDS)("rooms that span the workers of a program, which are %s,", (kind) => {
  let program: Program;
  let room = 0;

  /** One in each worker, when each of these hears the room. */
  async function three(): Promise<[Member, Member, Member]> {
    const members = (await spread(program, 3, `/room/${++room}`)) as [Member, Member, Member];
    const counted = () => {
      members[0].ask({ do: "count" });
      return members[0].client.json();
    };
    await expect.poll(counted).toEqual({ count: 3 });
    return members;
  }

  beforeAll(async () => {
    program = await Program.start("3", kind);
  });

  afterAll(() => program.end());

  it("send to all of their members, once and in order, text and bytes", async () => {
    const members = await three();
    members[0].ask({ do: "send", data: "a", times: 3000 });
    members[0].ask({ do: "send", data: "grüße", binary: true });
    const expected = [...Array.from({ length: 3000 }, (_, i) => `a${i}`), new Uint8Array(Buffer.from("grüße"))];
    for (const member of members) expect(await member.take(3001)).toEqual(expected);
  });

  it("bring to each what all of them say, in the order of each speaker", async () => {
    const members = await three();
    for (const member of members) member.ask({ do: "send", data: `${member.worker} `, times: 500 });
    for (const member of members) {
      const heard = (await member.take(1500)) as string[];
      for (const { worker } of members) {
        expect(heard.filter((text) => text.startsWith(`${worker} `))).toEqual(
          Array.from({ length: 500 }, (_, i) => `${worker} ${i}`),
        );
      }
    }
  });

  it("leave out the excepted one, reach a topic's subscribers and close them, in whatever worker", async () => {
    const [one, two, three_] = await three();
    one.ask({ do: "send", data: "not to two", except: two.id });
    one.ask({ do: "send", data: "to two", topic: `worker:${two.worker}` });
    one.ask({ do: "close", topic: `worker:${three_.worker}` });
    expect(await one.client.next()).toBe("not to two");
    expect(await two.client.next()).toBe("to two");
    expect(await three_.client.next()).toBe("not to two");
    expect(await three_.client.closed).toMatchObject({ code: 4003, reason: "kicked" });
  });

  it("are counted and sent to from any worker, those too that have no socket there", async () => {
    const [one, two] = await three();
    one.ask({ do: "count" });
    expect(await one.client.json()).toEqual({ count: 3 });
    const [lonely] = await spread(program, 1, "/lonely");
    two.ask({ do: "outside", room: "/lonely", data: "hello" });
    expect(await lonely!.client.next()).toBe("hello");
  });

  it("hear nothing of one another", async () => {
    const [one] = await three();
    const others = await three();
    one.ask({ do: "send", data: "here" });
    others[0].ask({ do: "send", data: "there" });
    for (const member of others) expect(await member.client.next()).toBe("there");
  });

  it("hear nothing of messages between the processes that only look like theirs", async () => {
    const members = await three();
    members[0].ask({ do: "junk", room: `/room/${room}` });
    expect(await members[0].client.next()).toBe("told");
    members[0].ask({ do: "send", data: "whole" });
    for (const member of members) expect(await member.client.next()).toBe("whole");
    members[1].ask({ do: "count" });
    expect(await members[1].client.json()).toEqual({ count: 3 });
    expect(await program.tell({ do: "sockets" })).toEqual(expect.any(Number));
  });

  it("open, empty and ring in each worker for itself, and keep what it keeps; what they say then reaches all", async () => {
    const members = await three();
    const logs = (of: readonly Member[]) =>
      Promise.all(
        of.map(({ client }) => {
          client.send('{"do":"log"}');
          return client.json();
        }),
      );
    members[0].ask({ do: "alarm", ms: 1 });
    for (const { client } of members) expect(await client.next()).toBe(`rang in ${members[0].worker}`);
    expect(await logs(members)).toEqual([["open", "alarm"], ["open"], ["open"]]);
    await members[0].client.close();
    const again = (await spread(program, 3, `/room/${room}`)).find(({ worker }) => worker === members[0].worker)!;
    expect(await logs([again, members[1]])).toEqual([["open", "alarm", "empty", "open"], ["open"]]);
  });

  it("refuse a second call, of which there can be none", async () => {
    await expect(program.tell({ do: "again" })).rejects.toThrow(/^(workers|threads) is called once/);
  });
});

describe.each(KINDS)("workers that are %s", (kind) => {
  it("are as many as there are cores, if asked for, and drain together: their sockets are told apart by how they left", async () => {
    const program = await Program.start("all", kind);
    onTestFinished(() => program.end());
    expect(await program.workers()).toHaveLength(availableParallelism());
    const members = await Promise.all(Array.from({ length: 6 }, () => Member.join(program)));
    const drained = await program.tell({ do: "drain", code: 4000 });
    expect(drained).toEqual({ sockets: 6, clean: 6, lost: 0, died: 0 });
    for (const { client } of members) expect(await client.closed).toMatchObject({ code: 4000 });
    for (const url of program.urls) await expect(Client.connect(`${url}/lobby`)).rejects.toThrow();
    await program.tell({ do: "close" });
    expect(await program.workers()).toEqual([]);
  });

  it("that can't serve are told, and none is left", async () => {
    const program = new Program("2", kind, "fail");
    await expect(program.answer()).rejects.toThrow("a worker can't serve: Error: nothing works here");
  });

  it.each([0, -1, 1.5, "two", undefined])("are not %s", async (count) => {
    const begin = kind === "processes" ? workers : threads;
    await expect(begin(count as number, () => Promise.reject(new Error("never")))).rejects.toThrow(TypeError);
  });
});

describe("threads", () => {
  it("share a port by reusePort: each of them gets connections", async () => {
    const program = await Program.start("2", "threads", "serve", `${await freePort()}`);
    onTestFinished(() => program.end());
    expect(new Set(program.urls).size).toBe(1);
    const members = await spread(program, 2, "/shared");
    members[0]!.ask({ do: "send", data: "one port, one room" });
    for (const { client } of members) expect(await client.next()).toBe("one port, one room");
  });

  it("take no option that there is none of, and are none of another program's threads", async () => {
    const never = () => Promise.reject(new Error("never"));
    await expect(threads(1, never, { memory: 1 } as object)).rejects.toThrow('no option "memory"');
    await expect(threads(1, never, null as never)).rejects.toThrow("takes options");
  });
});
