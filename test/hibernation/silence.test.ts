import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";

const rooms = `${import.meta.dirname}/../fixtures/hibernation/rooms.ts`;
const objects = { HASTY: "Hasty", STRICT: "Strict", SWEPT: "Swept", OWNED: "Owned", SHOWN: "Shown" };

describe("a Durable Object whose clients fall silent", () => {
  let running: RunningWorker;
  let count = 0;
  const clients: Client[] = [];

  beforeAll(async () => {
    running = await startWorker(rooms, { objects });
  });
  afterAll(() => running.dispose());
  afterEach(() => {
    for (const client of clients.splice(0)) client.vanish();
  });

  const fresh = () => `room-${++count}`;

  const connect = async (path: string): Promise<Client> => {
    const client = await Client.connect(running.url + path);
    clients.push(client);
    return client;
  };

  const say = async (client: Client, text: string): Promise<unknown> => {
    client.send(text);
    return client.next();
  };

  const due = async (name: string, room: string): Promise<number | null> =>
    (await fetch(`${running.url}/due/${name}/${room}`)).json() as Promise<number | null>;

  /** Asks who is here again and again, until something else comes before the answer. */
  const askUntilTold = async (client: Client): Promise<unknown> => {
    let heard: unknown;
    do heard = await say(client, "list");
    while (String(heard).startsWith("["));
    await client.next();
    return heard;
  };

  it.each([false, true])("drops one that has pinged once, when another wakes it (hibernated: %s)", async (asleep) => {
    const room = fresh();
    const silent = await connect(`/hasty/${room}?name=silent`);
    const other = await connect(`/hasty/${room}?name=other`);
    expect(await say(silent, "ping")).toBe("pong");
    if (asleep) await running.evict("HASTY", room);
    expect(await askUntilTold(other)).toBe("silent 1006 PING_TIMEOUT lost");
    // workerd can't cut a connection.
    expect(await silent.closed).toEqual({ code: 1005, reason: "" });
    expect(await say(other, "list")).toBe('["other"]');
  });

  it("keeps one that has never pinged, however long it is silent", async () => {
    const room = fresh();
    const listener = await connect(`/hasty/${room}?name=listener`);
    const pinging = await connect(`/hasty/${room}?name=pinging`);
    const other = await connect(`/hasty/${room}?name=other`);
    await say(pinging, "ping");
    await running.evict("HASTY", room);
    expect(await askUntilTold(other)).toBe("pinging 1006 PING_TIMEOUT lost");
    expect(await say(other, "list")).toBe('["listener","other"]');
    expect(await say(listener, "x")).toBe("pinging 1006 PING_TIMEOUT lost");
  });

  it("looks at no socket for a message that has nothing to do with the room", async () => {
    const room = fresh();
    const silent = await connect(`/hasty/${room}?name=silent`);
    const other = await connect(`/hasty/${room}?name=other`);
    await say(silent, "ping");
    for (let i = 0; i < 100; i++) expect(await say(other, "x")).toBe("x");
    expect(await askUntilTold(other)).toBe("silent 1006 PING_TIMEOUT lost");
  });

  it("drops one that has never sent anything, if all are expected to ping", async () => {
    const room = fresh();
    await connect(`/strict/${room}?name=ghost`);
    const other = await connect(`/strict/${room}?name=other`);
    let listed: unknown;
    do listed = await say(other, "list");
    while (listed !== '["other"]');
  });

  it("keeps one whose message it is that ends its silence", async () => {
    const room = fresh();
    const client = await connect(`/hasty/${room}?name=late`);
    for (let i = 0; i < 5; i++) {
      await say(client, "ping");
      await running.evict("HASTY", room);
      expect(await say(client, "list")).toBe('["late"]');
    }
  });

  it("tells nothing of one that it has dropped a second time, after hibernation too", async () => {
    const room = fresh();
    const silent = await connect(`/hasty/${room}?name=silent`);
    const other = await connect(`/hasty/${room}?name=other`);
    await say(silent, "ping");
    expect(await askUntilTold(other)).toBe("silent 1006 PING_TIMEOUT lost");
    await silent.closed;
    await running.evict("HASTY", room);
    expect(await say(other, "list")).toBe('["other"]');
  });

  /** Hears until so many have gone; returns how many. */
  const hearGone = async (client: Client, count: number): Promise<number> => {
    let gone = 0;
    while (gone < count) {
      const { params } = (await client.json()) as { params: { gone?: string[] } };
      gone += params.gone?.length ?? 0;
    }
    return gone;
  };

  it("shows the others that those have gone whom it drops when somebody comes and wakes it", async () => {
    const room = fresh();
    const other = await connect(`/shown/${room}?name=other`);
    const silent = [await connect(`/shown/${room}?name=a`), await connect(`/shown/${room}?name=b`)];
    for (const one of silent) {
      one.send("ping");
      while ((await one.next()) !== "pong");
    }
    await running.evict("SHOWN", room);
    const third = await connect(`/shown/${room}?name=third`);
    expect(await hearGone(other, 2)).toBe(2);
    expect(await hearGone(third, 2)).toBe(2);
  });

  it("shows the others that all have gone who go at once while it sleeps", async () => {
    const room = fresh();
    const other = await connect(`/shown/${room}?name=other`);
    const many = await Promise.all(Array.from({ length: 8 }, (_, i) => connect(`/shown/${room}?name=${i}`)));
    for (const one of many) await one.next();
    await running.evict("SHOWN", room);
    for (const one of many) one.vanish();
    expect(await hearGone(other, many.length)).toBe(many.length);
    await running.evict("SHOWN", room);
  });

  it("sets no alarm for it, unless the definition says when", async () => {
    const room = fresh();
    await connect(`/strict/${room}`);
    expect(await due("strict", room)).toBe(null);
  });

  it("sets one alarm from the first socket on, within sweepMs", async () => {
    const room = fresh();
    await connect(`/swept/${room}`);
    const first = await due("swept", room);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(12_000);
  });

  it("leaves its alarm to a class that has its own, which sweeps by super.alarm()", async () => {
    const room = fresh();
    const silent = await connect(`/owned/${room}`);
    await say(silent, "x");
    let gone = false;
    const closed = silent.closed.finally(() => {
      gone = true;
    });
    while (!gone) await fetch(`${running.url}/sweep/${room}`, { method: "POST" });
    expect((await closed).code).toBe(1005);
    expect(await due("owned", room)).toBe(null);
  });
});
