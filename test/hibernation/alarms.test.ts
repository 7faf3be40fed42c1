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

  it("is the room's, and that of a socket whose time is up, each at its own time and asleep", async ({ expect }) => {
    const watcher = await connect("/plain/both");
    const guest = await connect("/plain/both?until=900");
    // One that never sent anything is not let go before the object sleeps by itself.
    await tell(guest, "hello");
    await tell(watcher, "alarm", 400);
    await running.evict("PLAIN", "both");
    expect(await watcher.next()).toBe("room 0");
    await tell(watcher, "alarm", 1000);
    await running.evict("PLAIN", "both");
    expect(await watcher.next()).toBe("closed 3000");
    expect(await guest.closed).toMatchObject({ code: 3000 });
    expect(await watcher.next()).toBe("room 0");
  });

  it("rings again after two seconds for a hook that failed, which is told", async ({ expect }) => {
    const client = await connect("/failing/one");
    await tell(client, "alarm", 10);
    expect(await client.next()).toBe("room 0");
    await running.evict("FAILING", "one");
    expect(await client.next()).toBe("room 1");
    expect(running.logs.filter((line) => line === "told: not yet")).toHaveLength(1);
  });

  it("is the class's own too: neither sees the other's, and one that fails rings again alone", async ({ expect }) => {
    const client = await connect("/owned/own");
    await tell(client, "class", 300);
    await tell(client, "alarm", 600);
    await running.evict("OWN", "own");
    expect(await client.next()).toBe("class 0, not set,set");
    expect(await client.next()).toBe("room 0");
    await running.evict("OWN", "own");
    expect(await client.next()).toBe("class 1, not set,not set");
    await tell(client, "alarm", 5);
    expect(await client.next()).toBe("room 0");
  });
});
