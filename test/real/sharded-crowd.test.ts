import { afterAll, beforeAll, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";

const MEMBERS = 50;

let running: RunningWorker;

beforeAll(async () => {
  running = await startWorker(`${import.meta.dirname}/../fixtures/cloudflare/shards.ts`, {
    objects: { CROWD: "Crowd", KEPT: "Kept", PLAIN: "Plain" },
  });
});

afterAll(() => running.dispose());

const post = (path: string, body = "") => fetch(running.url + path, { method: "POST", body });
const enter = () => Client.connect(`${running.url}/kept/crowd`);

/** How many notifications it is told that it has missed, or how it was closed. */
async function recovered(client: Client): Promise<unknown> {
  for (;;) {
    const message = await Promise.race([client.json(), client.closed]);
    if ("code" in message) return message;
    if (message.result) return (message.result as { readonly missed: readonly unknown[] }).missed.length;
  }
}

// What all of them missed is more than objects can tell one another in one call, 32 MiB: each has 2 MiB, as characters that take two bytes.
it("gives what was missed to as many as come back to a room's shards at once, and closes nobody for it", async () => {
  await post("/shards/crowd/2");
  const { params: then } = (await (await enter()).json()) as { readonly params: object };
  const members = await Promise.all(Array.from({ length: MEMBERS }, enter));
  for (const member of members) await member.json();
  for (let n = 0; n < 10; n++) await post("/notify/crowd", "\u0436".repeat(100_000));
  const resume = { jsonrpc: "2.0", id: 1, method: "rpc.resume", params: { ...then, socket: "" } };
  for (const member of members) member.send(JSON.stringify(resume));
  expect(new Set(await Promise.all(members.map(recovered)))).toEqual(new Set([10]));
  for (const member of members) member.vanish();
}, 120_000);
