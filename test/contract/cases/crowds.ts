import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import type { RawClient } from "../../helpers/raw.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

export function crowds(suite: Suite): void {
  const may = capability(suite.runtime);
  const many = (count: number, path: string) =>
    Promise.allSettled(Array.from({ length: count }, () => suite.connect(path)));

  const opened = (results: readonly PromiseSettledResult<Client>[]) =>
    results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));

  const refused = (results: readonly PromiseSettledResult<Client>[]) =>
    results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));

  /** Connects until there are as many, which takes as long as others take to leave, and one more, who is refused. */
  const expectPlaces = async (room: string, count: number, definition = "few") => {
    for (let taken = 0; taken < count; ) {
      taken += opened(await many(1, `/${definition}/${room}`)).length;
    }
    expect(refused(await many(1, `/${definition}/${room}`))).toEqual([expect.stringContaining("503")]);
  };

  /** Lets everybody leave who is counted, also those of the case before. */
  const empty = async () => {
    suite.release();
    await suite.eventually(async () => (await (await suite.fetch("/few-open")).text()) === "0");
  };

  it("opens no more than limits.connections, though 60 handshakes wait in an async hook", async () => {
    await empty();
    const [room, gate] = [freshRoom(), freshRoom()];
    const handshakes = many(60, `/few/${room}?gate=${gate}`);
    await suite.records(gate, 60);
    await suite.post(`/gates/${gate}`);
    const results = await handshakes;
    expect(opened(results)).toHaveLength(5);
    expect(new Set(refused(results))).toEqual(new Set([expect.stringContaining("503")]));
    for (const client of opened(results)) await client.close(1000);
    await expectPlaces(room, 5);
  });

  it("opens no more than limits.connections, though 60 handshakes wait in a middleware behind the route", async () => {
    await empty();
    const [room, gate] = [freshRoom(), freshRoom()];
    const handshakes = many(60, `/few-late/${room}?after=${gate}`);
    await suite.records(gate, 60);
    await suite.post(`/gates/${gate}`);
    const results = await handshakes;
    expect(opened(results)).toHaveLength(5);
    expect(new Set(refused(results))).toEqual(new Set([expect.stringContaining("503")]));
  });

  for (const [way, path, answers] of [
    ["a hook that answers by itself", "/few/ROOM?then=return", "401"],
    ["a hook that throws", "/few/ROOM?then=throw", "500"],
    ["a decision that makes no sense", "/few/ROOM?then=nonsense", "500"],
    ["a middleware that overrules the route", "/few-denied/ROOM", "401"],
    ["a middleware that spoils the response", "/few-mutated/ROOM", "500"],
    ["a middleware that throws", "/few-broken/ROOM", "500"],
    ["an app that answers before its route has decided", "/few-hasty/ROOM", "504"],
  ] as const) {
    it(`gives the place back after ${way}`, async () => {
      await empty();
      const room = freshRoom();
      // One after the other, since each of them has a place for a moment; the first when there is one.
      const attempt = async () => refused(await many(1, path.replace("ROOM", room)))[0] ?? "opened";
      let answer = await attempt();
      while (answer.includes("503")) answer = await attempt();
      for (let i = 0; i < 10; i++) {
        expect(answer).toContain(answers);
        answer = await attempt();
      }
      await expectPlaces(room, 5);
    });
  }

  it("takes one place for a route that decides twice", async () => {
    await empty();
    const room = freshRoom();
    const [first] = opened(await many(1, `/few-twice/${room}`));
    expect(first).toBeDefined();
    await expectPlaces(room, 4);
  });

  for (const [where, path] of [
    ["the hook waits", "/few/ROOM?gate=GATE"],
    ["a middleware behind the route waits", "/few-late/ROOM?after=GATE"],
  ] as const) {
    if (!suite.isWired) continue;
    it(`gives the place back when the client goes away while ${where}`, async () => {
      await empty();
      const [room, gate] = [freshRoom(), freshRoom()];
      const clients = await Promise.all(Array.from({ length: 5 }, () => suite.raw()));
      for (const client of clients) client.handshake({ path: path.replace("ROOM", room).replace("GATE", gate) });
      await suite.records(gate, 5);
      for (const client of clients) client.reset();
      await expectPlaces(room, 5);
      await suite.post(`/gates/${gate}`);
    });
  }

  if (suite.isWired && may("lostBeforeAnswer") === "gives its place back") {
    it("gives the places back of clients that go away between their handshake and its answer", async () => {
      await empty();
      const room = freshRoom();
      for (let i = 0; i < 60; i++) {
        const client = await suite.raw();
        client.handshake({ path: `/few/${room}` });
        for (let turns = i % 6; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        client.reset();
      }
      await expectPlaces(room, 5);
    });
  }

  it("gives the place back when a socket is lost, closed or terminated", async () => {
    await empty();
    const room = freshRoom();
    for (let i = 0; i < 3; i++) {
      const clients = opened(await many(5, `/few/${room}`));
      expect(clients).toHaveLength(5);
      for (const [at, client] of clients.entries()) {
        if (at % 2) client.vanish();
        else await client.close(1000);
      }
      await expectPlaces(room, 5);
      await empty();
    }
  });

  if (suite.isWired) {
    it("counts the /64 of an IPv6 address as one, and an IPv4 one in IPv6 as itself", async () => {
      const room = freshRoom();
      const clients: RawClient[] = [];
      /** As a proxy of ours, or Cloudflare, tells the client's address. */
      const from = async (address: string) => {
        const client = await suite.raw("127.0.0.2");
        clients.push(client);
        const headers = { "x-forwarded-for": address, "cf-connecting-ip": address };
        client.handshake({ path: `/each/${room}`, headers });
        return (await client.response()).status;
      };
      expect(await from("2001:db8:0:1::1")).toBe(101);
      expect(await from("2001:DB8:0:1:ffff:ffff:ffff:ffff")).toBe(101);
      expect(await from("2001:db8:0:1::2")).toBe(503);
      expect(await from("2001:db8:0:2::1")).toBe(101);
      expect(await from("::ffff:198.51.100.1")).toBe(101);
      expect(await from("198.51.100.1")).toBe(101);
      expect(await from("::ffff:c633:6401")).toBe(503);
      expect(await from("::ffff:198.51.100.2")).toBe(101);
      for (const client of clients) client.reset();
    });
  }

  it("counts each address for itself, and those whose room sleeps once", async () => {
    const room = freshRoom();
    const [first] = opened(await many(2, `/each/${room}`));
    for (let i = 0; i < 3; i++) {
      await suite.hibernate(room, "each");
      expect(refused(await many(1, `/each/${room}`))).toEqual([expect.stringContaining("503")]);
    }
    first!.vanish();
    await expectPlaces(room, 1, "each");
  });

  it("counts those whose room sleeps once, however often it woke", async () => {
    await empty();
    const room = freshRoom();
    const clients = opened(await many(3, `/few/${room}`));
    for (let i = 0; i < 5; i++) {
      await suite.hibernate(room, "few");
      for (const client of clients) {
        client.send(`${i}`);
        expect(await client.next()).toBe(`${i}`);
      }
    }
    await suite.hibernate(room, "few");
    await expectPlaces(room, 2);
  });
}
