import { afterAll, beforeAll, describe, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";

const fixture = `${import.meta.dirname}/../fixtures/hibernation/alarms.ts`;
const objects = { PLAIN: "Plain", FAILING: "Failing", OWN: "Own" };

// All of it waits for alarms, so it waits together.
describe.concurrent("the one alarm of a Durable Object", () => {
  let running: RunningWorker;
  beforeAll(async () => {
    running = await startWorker(fixture, { objects });
  });
  afterAll(() => running.dispose());

  const connect = (path: string) => Client.connect(running.url + path);

  const tell = async (client: Client, ...command: unknown[]): Promise<unknown> => {
    client.tell(...(command as [string]));
    return client.next();
  };

  /** What comes next, so many messages in any order. */
  const heard = async (client: Client, count: number): Promise<unknown[]> => {
    const messages: unknown[] = [];
    while (messages.length < count) messages.push(await client.next());
    return messages.toSorted();
  };

  it("is the room's, and that of a socket whose time is up, and both ring asleep", async ({ expect }) => {
    const watcher = await connect("/plain/both");
    const guest = await connect("/plain/both?until=2500");
    // One that never sent anything is not let go before the object sleeps by itself.
    guest.tell("hello");
    watcher.tell("alarm", 400);
    await running.evict("PLAIN", "both");
    expect(await heard(watcher, 3)).toEqual(["alarm", "closed 3000", "room 0"]);
    expect(await guest.closed).toMatchObject({ code: 3000 });
    expect(await tell(watcher, "alarm", 10)).toBe("alarm");
    expect(await watcher.next()).toBe("room 0");
  });

  it("rings again after two seconds for a hook that failed, which is told", async ({ expect }) => {
    const client = await connect("/failing/one");
    await tell(client, "alarm", 10);
    expect(await client.next()).toBe("room 0");
    // By then the hook has ended: one that an eviction ends rings as if it never had.
    await tell(client, "hello");
    await running.evict("FAILING", "one");
    expect(await client.next()).toBe("room 1");
    expect(running.logs.filter((line) => line === "told: not yet")).toHaveLength(1);
  });

  it("is the class's own too: neither sees the other's, and one that fails rings again alone", async ({ expect }) => {
    const client = await connect("/owned/own");
    client.tell("alarm", 1000);
    client.tell("class", 500);
    await running.evict("OWN", "own");
    expect(await heard(client, 4)).toEqual(["alarm", "class", "class 0, not set,set", "room 0"]);
    client.tell("hello");
    expect(await heard(client, 2)).toEqual(["class 1, not set,not set", "hello"]);
    await tell(client, "alarm", 5);
    expect(await client.next()).toBe("room 0");
  });
});
