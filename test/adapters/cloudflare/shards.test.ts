import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { checkPlaces } from "../../../src/adapters/cloudflare/places.ts";
import { objectName, objectNamed, shardOf } from "../../../src/adapters/cloudflare/shards/names.ts";
import { placed } from "../../../src/adapters/cloudflare/shards/placed.ts";
import { Client } from "../../helpers/client.ts";
import { type RunningWorker, startWorker } from "../../helpers/miniflare.ts";

let running: RunningWorker;
let count = 0;
const open: Client[] = [];

/** A room that no other test uses, with so many shards. */
async function room(shards = 4): Promise<string> {
  const name = `room-${++count}`;
  await reshard(name, shards);
  return name;
}

const post = async (path: string, body = "") => (await fetch(running.url + path, { method: "POST", body })).text();
const reshard = (name: string, shards: number) => post(`/shards/${name}/${shards}`);
const say = (name: string, text: string) => post(`/say/${encodeURIComponent(name)}`, text);
const calls = async () => (await (await fetch(`${running.url}/calls`)).json()) as string[];

async function connect(path: string): Promise<Client> {
  const client = await Client.connect(running.url + path);
  open.push(client);
  return client;
}

async function ask(client: Client, text: string): Promise<string> {
  client.send(text);
  return String(await client.next());
}

const where = (client: Client) => ask(client, "/where");

/** Two members of a room that are in two of its shards. */
async function apart(name: string): Promise<readonly [Client, Client]> {
  const first = await connect(`/crowd/${name}`);
  for (;;) {
    const second = await connect(`/crowd/${name}`);
    if ((await where(second)) !== (await where(first))) return [first, second];
    await second.close(1000);
  }
}

/** Asks until it is so. */
async function until(probe: () => Promise<boolean>): Promise<void> {
  while (!(await probe()));
}

/** Puts all objects of a room out of memory that are there. */
async function sleep(binding: string, name: string): Promise<void> {
  for (let shard = 0; shard <= 4; shard++) await running.evict(binding, objectName(name, shard)).catch(() => {});
}

describe("the names of a room's objects", () => {
  it("are its own, whatever rooms are called", () => {
    const rooms = ["", "#", "##", "a", "a#", "a#1", "a#1#", "a#1#2", "a#01", "1", "#1", "a#b", "ä#1", "a##1"];
    const names = rooms.flatMap((id) => [0, 1, 2, 10].map((shard) => objectName(id, shard)));
    expect(new Set(names).size).toBe(names.length);
    for (const id of rooms)
      for (const shard of [0, 1, 256]) {
        expect(objectNamed(objectName(id, shard))).toEqual({ room: id, shard });
      }
  });

  it("spread sockets evenly, and each always to the same", () => {
    const found = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 16_000; i++) {
      const id = crypto.randomUUID();
      const shard = shardOf(id, 16);
      expect(shardOf(id, 16)).toBe(shard);
      found[shard - 1]! += 1;
    }
    // Of 1000 each; six deviations more or less would not happen once in a lifetime.
    for (const sockets of found) expect(Math.abs(sockets - 1000)).toBeLessThan(190);
    expect(shardOf("whoever", 1)).toBe(0);
  });
});

describe("what a Worker is told of where rooms live", () => {
  it.each([
    [{ binding: "CHAT", shards: 0 }, 'shards of "CHAT" is a whole number from 1 to 256, not 0'],
    [{ binding: "CHAT", shards: 1.5 }, 'shards of "CHAT" is a whole number from 1 to 256, not 1.5'],
    [{ binding: "CHAT", shards: 1e6 }, 'shards of "CHAT" is a whole number from 1 to 256, not 1000000'],
    [{ binding: "CHAT", shards: "4" }, 'shards of "CHAT" is a whole number from 1 to 256, not "4"'],
    [{ binding: "CHAT", shard: 4 }, 'placed has no option "shard": did you mean "shards"?'],
    [{ shards: 4 }, 'placed takes a Durable Object binding\'s name, as in { binding: "CHAT" }'],
    [{ binding: "isolate", shards: 4 }, 'rooms has "isolate" by itself, without shards or places'],
    ["CHAT", "placed takes a Durable Object binding's name"],
    [undefined, "placed takes a Durable Object binding's name"],
    [{ binding: {} }, "placed takes a Durable Object binding's name"],
    [{ binding: "" }, "placed takes a Durable Object binding's name"],
    [{ binding: "CHAT", jurisdiction: 1 }, 'jurisdiction of "CHAT" is a string, or a function of the room\'s id'],
    [{ binding: "CHAT", locationHint: {} }, 'locationHint of "CHAT" is a string, or a function of the room\'s id'],
  ])("is refused in words, as %j", (options, message) => {
    expect(() => placed(options as never)).toThrow(message);
  });

  it.each([{ binding: "CHAT", shards: 4 }, "", null])("is a name, or what placed makes, and not %j", (place) => {
    expect(() => checkPlaces({ chat: place as never })).toThrow(
      'rooms.chat is a Durable Object binding\'s name, such as "CHAT", or placed({ binding: "CHAT", … }) of onesocket/cloudflare/shards',
    );
  });

  it("may be a binding, or one and more", () => {
    const far = placed({ binding: "CHAT", shards: 256, jurisdiction: () => "eu" });
    const places = ["CHAT", "isolate", placed({ binding: "CHAT" }), far];
    for (const place of places) checkPlaces({ chat: place });
  });
});

describe("a room of several objects", () => {
  beforeAll(async () => {
    running = await startWorker(`${import.meta.dirname}/../../fixtures/cloudflare/shards.ts`, {
      objects: { CROWD: "Crowd", KEPT: "Kept", PLAIN: "Plain" },
    });
  });
  afterAll(() => running.dispose());
  afterEach(async () => {
    for (const client of open.splice(0)) client.vanish();
    await calls();
  });

  it("has its sockets in all of them, and counts them all", async () => {
    const name = await room();
    const clients = await Promise.all(Array.from({ length: 40 }, () => connect(`/crowd/${name}`)));
    const places = await Promise.all(clients.map(where));
    expect(new Set(places)).toEqual(new Set([1, 2, 3, 4].map((shard) => objectName(name, shard))));
    expect(await ask(clients[0]!, "/count")).toBe("40");
    clients[0]!.send("hello");
    for (const client of clients) expect(await client.next()).toBe("hello");
    expect(await say(name, "again")).toBe("sent");
    for (const client of clients) expect(await client.next()).toBe("again");
  });

  it("calls those of them only that have members, once for a message from outside", async () => {
    const name = await room();
    const [a, b] = await apart(name);
    const places = [await where(a), await where(b)];
    await until(async () => (await ask(a, "/count")) === "2");
    await calls();
    expect(await say(name, "hello")).toBe("sent");
    expect((await calls()).toSorted()).toEqual(places.map((place) => `${place} bring`).toSorted());
    for (const client of [a, b]) expect(await client.next()).toBe("hello");
    a.send("from within");
    for (const client of [a, b]) expect(await client.next()).toBe("from within");
    expect(await calls()).toEqual([`${name} tell`, `${places[1]} bring`]);
  });

  it("forgets one whose last member has gone, and wakes none that nobody is in", async () => {
    const name = await room();
    const [a, b] = await apart(name);
    const place = await where(b);
    await a.close(1000);
    await until(async () => (await ask(b, "/count")) === "1");
    await until(async () => {
      await calls();
      await say(name, "x");
      const called = await calls();
      return called.length === 1 && called[0] === `${place} bring`;
    });
    await sleep("CROWD", name);
    expect(await say(name, "awake?")).toBe("sent");
    expect(await calls()).toEqual([`${place} bring`]);
    let heard: unknown;
    do heard = await b.next();
    while (heard === "x");
    expect(heard).toBe("awake?");
  });

  it("has a new member hear what is said as soon as it is in", async () => {
    for (let i = 0; i < 20; i++) {
      const name = await room();
      const client = await connect(`/crowd/${name}`);
      expect(await say(name, `${i}`)).toBe("sent");
      expect(await client.next()).toBe(`${i}`);
    }
  });

  it("opens nothing as long as the first object can't know of it, and then everything", async () => {
    const name = await room();
    // Once for the shard itself, and once more for the Worker that waits for it.
    await post(`/faults/${name}/throws twice`);
    await expect(connect(`/crowd/${name}`)).rejects.toThrow("500");
    await expect.poll(() => running.logs.join("\n")).toContain("out of order");
    const client = await connect(`/crowd/${name}`);
    expect(await say(name, "heard?")).toBe("sent");
    expect(await client.next()).toBe("heard?");
    await until(async () => (await ask(client, "/count")) === "1");
  });

  it("joins after all when it is known at the second attempt", async () => {
    const name = await room();
    await post(`/faults/${name}/throws`);
    const client = await connect(`/crowd/${name}`);
    expect(await say(name, "heard?")).toBe("sent");
    expect(await client.next()).toBe("heard?");
  });

  for (const fault of ["aborts", "aborts afterwards"]) {
    it(`loses and doubles nothing when its first object ${fault} in the middle`, async () => {
      const name = await room();
      const [a, b] = await apart(name);
      await post(`/faults/${name}/${fault}`);
      a.send("/burst 50");
      for (const client of [a, b]) for (let i = 0; i < 50; i++) expect(await client.next()).toBe(`${i}`);
      expect(await ask(a, "/count")).toBe("2");
      expect(await say(name, "fence")).toBe("sent");
      for (const client of [a, b]) expect(await client.next()).toBe("fence");
    });
  }

  it("tells who sends from outside that a shard could not be reached, and the shard that it missed something", async () => {
    const name = await room();
    const [a, b] = await apart(name);
    await post(`/faults/${encodeURIComponent(await where(b))}/throws`);
    expect(await say(name, "lost")).toBe("Error: 1 of the room's shards could not be reached");
    expect(await a.next()).toBe("lost");
    expect(await say(name, "there again")).toBe("sent");
    for (const client of [a, b]) expect(await client.next()).toBe("there again");
    await expect
      .poll(() => running.logs)
      .toContain("onesocket: crowd: the way between the room's objects dropped 1 messages");
    await expect
      .poll(() => running.logs)
      .toContain(`onesocket: crowd: the room ${JSON.stringify(name)} missed 1 messages`);
  });

  it("closes the members of a shard that missed some of a history, so that they come back for it", async () => {
    const name = await room();
    const members = await Promise.all(Array.from({ length: 6 }, () => connect(`/kept/${name}`)));
    for (const member of members) expect(await member.json()).toMatchObject({ method: "rpc.at" });
    // One that has never said anything would hear of its Close when its object hibernates (see the capability silentClose).
    for (const member of members) member.send("hush");
    await until(async () => (await calls()).length === 0);
    await post(`/notify/${name}`, "first");
    const brought = (await calls()).filter((call) => call.endsWith(" bring")).map((call) => call.split(" ")[0]!);
    await post(`/faults/${encodeURIComponent(brought[0]!)}/throws`);
    expect(await post(`/notify/${name}`, "second")).toContain("could not be reached");
    await post(`/notify/${name}`, "third");
    const heard = members.map(async (member) => {
      const texts: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        const message = await Promise.race([member.json(), member.closed]);
        if ("code" in message) return message;
        texts.push((message.params as unknown[])[0]);
      }
      return texts;
    });
    const outcomes = await Promise.all(heard);
    const closed = outcomes.filter((outcome) => "code" in outcome);
    expect(closed.length).toBeGreaterThan(0);
    for (const outcome of closed) expect(outcome).toMatchObject({ code: 1012 });
    const stayed = outcomes.filter((outcome) => !("code" in outcome));
    for (const outcome of stayed) expect(outcome).toEqual(["first", "second", "third"]);
    expect(brought.length === 1 || stayed.length > 0).toBe(true);
  });

  it("closes the members of a shard that lacks one of a history, when its sender and the first object died before all had it", async () => {
    const name = await room(8);
    const members: Client[] = [];
    const places = new Map<string, Client>();
    while (places.size < 3) {
      const member = await connect(`/kept/${name}`);
      members.push(member);
      await member.next();
      places.set(await where(member), member);
    }
    const [[sender], [, other], [stalled, lacking]] = [...places] as [
      [string, Client],
      [string, Client],
      [string, Client],
    ];
    for (const member of places.values()) member.send("hush");
    await post(`/notify/${name}`, "first");
    for (const member of places.values()) expect(await member.json()).toMatchObject({ params: ["first"] });
    await post(`/faults/${encodeURIComponent(stalled)}/stalls`);
    places.get(sender)!.send("half");
    expect(await other.json()).toMatchObject({ params: ["half"] });
    places.get(sender)!.send("/die");
    await places.get(sender)!.closed;
    await post(`/faults/${encodeURIComponent(name)}/aborts`);
    other.send("next");
    expect(await other.json()).toMatchObject({ params: ["next"] });
    expect(await lacking.closed).toMatchObject({ code: 1012 });
    expect(running.logs).toContain(`onesocket: kept: the room ${JSON.stringify(name)} missed 1 messages`);
  });

  it("numbers a notification once, whose first telling was not acknowledged", async () => {
    const name = await room();
    const client = await connect(`/kept/${name}`);
    await client.next();
    await post(`/faults/${name}/aborts afterwards`);
    for (let n = 1; n <= 3; n++) client.send(`${n}`);
    for (let n = 1; n <= 3; n++) {
      expect(await client.json()).toMatchObject({ params: [`${n}`], "rpc.at": [expect.any(String), n] });
    }
    expect(await post(`/notify/${name}`, "4")).toBe("sent");
    expect(await client.json()).toMatchObject({ "rpc.at": [expect.any(String), 4] });
  });

  it("reaches everybody once while its number changes, from one to many to few", async () => {
    const name = await room(1);
    const clients: Client[] = [];
    for (const shards of [1, 8, 2, 1]) {
      await reshard(name, shards);
      for (let i = 0; i < 6; i++) clients.push(await connect(`/crowd/${name}`));
      await sleep("CROWD", name);
      expect(await say(name, `outside ${shards}`)).toBe("sent");
      for (const client of clients) expect(await client.next()).toBe(`outside ${shards}`);
      for (const speaker of [clients[0]!, clients.at(-1)!]) {
        speaker.send(`inside ${shards}`);
        for (const client of clients) expect(await client.next()).toBe(`inside ${shards}`);
      }
      expect(await ask(clients[0]!, "/count")).toBe(`${clients.length}`);
    }
    expect(await where(clients[0]!)).toBe(name);
    expect(await where(clients.at(-1)!)).toBe(name);
  });

  it("never hears a room that is named as one of its objects", async () => {
    const name = await room(2);
    const members = await Promise.all(Array.from({ length: 6 }, () => connect(`/crowd/${name}`)));
    for (const other of [`${name}#1`, `${name}#2`, `${name}#`]) {
      await reshard(encodeURIComponent(other), 1);
      const stranger = await connect(`/crowd/${encodeURIComponent(other)}`);
      stranger.send("who is there?");
      expect(await stranger.next()).toBe("who is there?");
      expect(await ask(stranger, "/count")).toBe("1");
    }
    expect(await say(name, "fence")).toBe("sent");
    for (const member of members) expect(await member.next()).toBe("fence");
  });

  it.each([0, 1.5, 257, 1e6, Number.NaN])(
    "opens nothing where a function says that it has %d shards",
    async (shards) => {
      const name = await room(shards);
      await expect(connect(`/crowd/${name}`)).rejects.toThrow("500");
      const told = `shards of "CROWD" for the room ${JSON.stringify(name)} is a whole number from 1 to 256, not ${shards}`;
      await expect.poll(() => running.logs.join("\n")).toContain(told);
      expect(await say(name, "x")).toBe(`RangeError: ${told}`);
    },
  );

  it("is no room of a definition with hooks of its rooms, or with presence", async () => {
    const refusals = (await (await fetch(`${running.url}/refusals`)).json()) as string[];
    expect(refusals).toEqual([
      expect.stringContaining("TypeError: shardedRoom takes no definition with room hooks"),
      expect.stringContaining("TypeError: shardedRoom takes no definition with presence"),
      expect.stringContaining("TypeError: shardedRoom takes a definition, not undefined"),
    ]);
  });

  it("is asked for in the jurisdiction that its Worker names, which workerd alone does not have", async () => {
    await expect(connect("/near/eu")).rejects.toThrow("500");
    await expect.poll(() => running.logs.join("\n")).toContain("Jurisdiction restrictions are not implemented");
  });

  it("opens nothing in an object of a class that is made for one object a room", async () => {
    await expect(connect(`/plain/${await room()}`)).rejects.toThrow("500");
    await expect.poll(() => running.logs.join("\n")).toContain("ROOMS_MISMAPPED");
    expect(running.logs.join("\n")).toContain("extends no shardedRoom");
  });
});
