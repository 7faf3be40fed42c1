import { afterAll, expect, it } from "vitest";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { defineSocket } from "../../src/index.ts";
import { reaching } from "../client/peer.ts";
import { freePort } from "../helpers/programs.ts";

const CLIENTS = 2_000;
const SPREAD_MS = 5_000;

const clients: Client[] = [];
let server: NodeServer;

function start(port: number): Promise<NodeServer> {
  return serve(defineSocket({ name: "storm" }), { port, hostname: "127.0.0.1", observe: () => {} });
}

afterAll(async () => {
  for (const client of clients) client.close();
  await server?.close();
});

/** How many of these numbers fall into each tenth of a stretch. */
function tenths(values: readonly number[], length: number): number[] {
  const counts = Array(10).fill(0);
  for (const value of values) counts[Math.min(9, Math.floor((value / length) * 10))]++;
  return counts;
}

it("2,000 clients of a server that restarts come back spread over five seconds, all of them", async () => {
  const port = await freePort();
  server = await start(port);
  const waits: number[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = connect(server.url);
    client.addEventListener("status", () => {
      const { state, failure, retryAt = 0 } = client.status;
      if (state === "waiting" && failure?.closeCode === 1012) waits.push(retryAt - Date.now());
    });
    clients.push(client);
    // A listen queue holds 511.
    if (i % 200 === 0) await reaching(client, "open");
  }
  await Promise.all(clients.map((client) => reaching(client, "open")));
  const told = Promise.all(clients.map((client) => reaching(client, ({ state }) => state !== "open")));
  await server.drain({ code: 1012, overMs: 0 });
  await told;
  await server.close();
  server = await start(port);
  await Promise.all(clients.map((client) => reaching(client, "open")));
  expect(waits).toHaveLength(CLIENTS);
  // 200 each by chance, give or take 14: sixty is more than four times that.
  for (const count of tenths(waits, SPREAD_MS)) expect(Math.abs(count - CLIENTS / 10)).toBeLessThan(60);
  console.log(`of ${CLIENTS} clients in each half second: ${tenths(waits, SPREAD_MS).join(" ")}`);
}, 60_000);
