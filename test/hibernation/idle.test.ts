import { setInterval } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { Client } from "../helpers/client.ts";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";
import { CLOSE, closePayload, frame, RawClient } from "../helpers/raw.ts";
import { WRANGLER } from "../helpers/wrangler.ts";

const fixtures = `${import.meta.dirname}/../fixtures/hibernation`;

/**
 * Resolves when the room hibernates, without asking it: the stream of a client that never sent a message, and was closed by
 * the server, ends only then (see the capability silentClose).
 */
async function hibernation(url: string, path: string, dismiss: () => unknown): Promise<void> {
  const canary = await RawClient.connect(url);
  canary.handshake({ path });
  expect((await canary.response()).status).toBe(101);
  await dismiss();
  await canary.close();
  canary.write(frame(CLOSE, closePayload(4000)));
  await canary.ended;
}

/** What the next notification carries that has one of these names, with its name. */
async function of(client: Client, ...names: string[]): Promise<Record<string, unknown>> {
  for (;;) {
    const { method, params } = await client.json();
    if (names.includes(method as string)) return { method, ...(params as object) };
  }
}

// All of this waits for workerd's own ten seconds, so it waits together.
describe.concurrent("a room that is left idle", () => {
  const objects = { IDLE: "Idle", SWEPT: "Swept" };
  let running: RunningWorker;
  beforeAll(async () => {
    running = await startWorker(`${fixtures}/rooms.ts`, { objects });
  });
  afterAll(() => running.dispose());

  const made = (room: string) => running.logs.filter((line) => line === `made ${room}`).length;

  it("sleeps through the pings of 50 clients, and knows all of them when it is spoken to", {
    timeout: 60_000,
  }, async ({ expect }) => {
    const clients = await Promise.all(
      Array.from({ length: 50 }, (_, i) => Client.connect(`${running.url}/idle/hall?name=${i}`)),
    );
    let pongs = 0;
    const ping = async () => {
      for (const client of clients) client.send("ping");
      for (const client of clients) while ((await client.next()) !== "pong");
      pongs += clients.length;
    };
    const beat = async (isOver: () => boolean) => {
      for await (const _ of setInterval(1000)) {
        if (isOver()) return;
        await ping();
      }
    };
    let asleep = false;
    const falling = hibernation(running.url, "/idle/hall?name=canary", () => clients[0]!.send("dismiss"));
    await Promise.all([falling.then(() => (asleep = true)), beat(() => asleep)]);
    expect(made("idle hall")).toBe(1);

    const before = pongs;
    await beat(() => pongs - before === 50 * 12);
    expect(made("idle hall")).toBe(1);
    await expect(running.evict("IDLE", "hall")).rejects.toThrow("not currently running");

    clients[7]!.send("list");
    expect(await clients[7]!.json()).toEqual(clients.map((_, i) => `${i}`).toSorted());
    await expect.poll(() => made("idle hall")).toBe(2);
    for (const client of clients) client.vanish();
  });

  it("hibernates until its sweep, which drops whom nobody else would", {
    timeout: 60_000,
  }, async ({ expect }) => {
    const client = await Client.connect(`${running.url}/swept/hall?name=ghost`);
    client.send("x");
    expect(await client.next()).toBe("x");
    expect((await client.closed).code).toBe(1005);
    expect(made("swept hall")).toBe(2);
  });

  it("remembers the demo's people, what they said and what they want to hear", { timeout: 60_000 }, async ({
    expect,
  }) => {
    Object.assign(process.env, WRANGLER);
    const harness = createTestHarness({ workers: [{ configPath: `${fixtures}/wrangler.toml` }] });
    const url = (await harness.listen()).url.origin;
    const wakes = () => harness.getLogs().filter(({ message }) => message === "made a room").length;
    const say = (client: Client, text: string) => call(client, "say", { id: text, text });
    const call = (client: Client, method: string, params: object) =>
      client.send(JSON.stringify({ jsonrpc: "2.0", method, params }));
    const enter = (name: string) => Client.connect(`${url}/chat/hall?name=${name}`);

    const [ada, bob] = [await enter("Ada"), await enter("Bob")];
    say(ada, "One");
    say(ada, "Two");
    call(bob, "hints", [false]);
    say(bob, "Eins");
    for (const client of [ada, bob]) for (let i = 0; i < 3; i++) await of(client, "said");
    expect(wakes()).toBe(1);
    await hibernation(url, "/chat/hall?name=Canary", () => harness.fetch("/dismiss/hall/Canary", { method: "POST" }));
    expect(wakes()).toBe(1);

    call(bob, "rename", ["Robert"]);
    say(bob, "Zwei");
    expect(await of(ada, "said")).toMatchObject({ id: "Zwei", from: { name: "Robert", said: 2 } });
    await expect.poll(wakes).toBe(2);
    const eve = await enter("Eve");
    const { people } = await of(eve, "welcome");
    expect(people).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ name: "Ada", said: 2 }),
        expect.objectContaining({ name: "Robert", said: 2 }),
        expect.objectContaining({ name: "Eve", said: 0 }),
      ]),
    );
    expect(people).toHaveLength(3);
    expect(await of(bob, "joined", "typing")).toMatchObject({ method: "joined", person: { name: "Canary" } });

    call(ada, "typing", [true]);
    expect(await of(eve, "typing")).toMatchObject({ from: { name: "Ada" } });
    say(ada, "Three");
    expect(await of(bob, "left")).toMatchObject({ person: { name: "Canary" } });
    expect(await of(bob, "joined", "typing")).toMatchObject({ method: "joined", person: { name: "Eve" } });
    expect(await of(bob, "said", "typing")).toMatchObject({ method: "said", from: { name: "Ada", said: 3 } });
    await harness.close();
  });
});
