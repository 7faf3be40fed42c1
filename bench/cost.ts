/**
 * Counts what the library asks of a Durable Object, in workerd, and says what a month of some rooms costs.
 * `--json` prints what was counted; `--write` keeps it in bench/cost.json, from which docs/cost.md has its tables.
 */
import { writeFileSync } from "node:fs";
import { Client } from "../test/helpers/client.ts";
import { type RunningWorker, startWorker } from "../test/helpers/miniflare.ts";
import { type Counts, costTable, countsTable, shardsCostTable } from "./cost-model.ts";

interface Seen {
  readonly requests: number;
  readonly messages: number;
  readonly closes: number;
  readonly rows: number;
  /** Of an object by another. */
  readonly calls: number;
}

/** What one event of each kind comes to. `sockets`: how many the larger of the two timed rooms has. */
export async function count(sockets: number): Promise<Counts> {
  const worker = await startWorker(`${import.meta.dirname}/../test/fixtures/hibernation/cost.ts`, {
    objects: { ROOM: "Room", REMEMBERING: "Remembering", SPREAD: "Spread" },
  });
  try {
    return await countIn(worker, sockets);
  } finally {
    await worker.dispose();
  }
}

async function countIn({ url }: RunningWorker, sockets: number): Promise<Counts> {
  const seen = async () => (await (await fetch(`${url}/counts`)).json()) as Seen;
  const sweep = () => fetch(`${url}/sweep`, { method: "POST" });
  const clients = await open(url, 50);
  const [first] = clients as [Client];
  const opened = await seen();
  for (const client of clients) await talk(client, "ping", 10, "pong");
  const pinged = await seen();
  const msPerHandledPing = await talk(first, "pang", 1000);
  const talked = await seen();
  await sweep();
  const swept = await seen();
  const msPerMessageTo50 = await talk(first, "all", 500);
  for (const client of clients.slice(1)) await client.close(1000);
  const closed = await seen();
  const crowd = await open(url, sockets);
  const msPerMessageTo5000 = await talk(crowd[0]!, "all", 5);
  const start = performance.now();
  for (let i = 0; i < 5; i++) await sweep();
  const msPerSweep = ((performance.now() - start) / 5 / sockets) * 1000;
  for (const client of [first, ...crowd]) client.vanish();
  const rowsPerRemembered = await countRemembered(url, async () => (await seen()).rows);
  const spread = await countSpread(url, seen);
  return {
    requestsPerConnection: opened.requests / 50,
    callsPerMessage: (talked.messages - pinged.messages) / 1000,
    callsPerPing: (pinged.messages - opened.messages) / 500,
    callsPerClose: (closed.closes - swept.closes) / 49,
    // The alarm that a waking's first connection sets is the sweep's.
    rowsPerConnection: (opened.rows - 1) / 50,
    rowsPerMessage: (talked.rows - pinged.rows) / 1000,
    rowsPerSweep: swept.rows - talked.rows,
    rowsPerRemembered,
    ...spread,
    msPerMessageTo50: round(msPerMessageTo50),
    msPerMessageTo5000: round(msPerMessageTo5000),
    msPerHandledPing: round(msPerHandledPing),
    msPerSweep: round(msPerSweep),
  };
}

/** Rows written for a notification of a room with a history, from the second on: the first makes the table. */
async function countRemembered(url: string, rows: () => Promise<number>): Promise<number> {
  const client = await Client.connect(`${url}/remembering`);
  const say = async () => {
    client.send("1");
    while (!String(await client.next()).includes('"said"'));
  };
  await say();
  const before = await rows();
  for (let i = 0; i < 200; i++) await say();
  const written = (await rows()) - before;
  client.vanish();
  return written / 200;
}

/** What a room of four shards asks for: 40 sockets leave none of them empty but once in 25 000 times. */
async function countSpread(
  url: string,
  seen: () => Promise<Seen>,
): Promise<Pick<Counts, "callsPerMessageTo4Shards" | "rowsPer4Shards">> {
  const before = await seen();
  const clients = await open(url, 40, "/spread");
  const opened = await seen();
  for (let i = 0; i < 20; i++) {
    clients[i]!.send("all");
    for (const client of clients) await client.next();
  }
  const talked = await seen();
  for (const client of clients) client.vanish();
  return {
    callsPerMessageTo4Shards: (talked.calls - opened.calls) / 20,
    rowsPer4Shards: talked.rows - before.rows,
  };
}

async function open(url: string, number: number, path = "/room"): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < number) {
    const some = Math.min(50, number - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: some }, () => Client.connect(url + path)))));
  }
  return clients;
}

/** Says it so often at once, and resolves with the milliseconds that each took until all had come back. */
async function talk(client: Client, text: string, times: number, answer = text): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) client.send(text);
  for (let i = 0; i < times; i++) while ((await client.next()) !== answer);
  return (performance.now() - start) / times;
}

function round(ms: number): number {
  return Number(ms.toPrecision(2));
}

if (import.meta.main) {
  const counts = await count(5000);
  const json = `${JSON.stringify(counts, null, 2)}\n`;
  if (process.argv.includes("--write")) writeFileSync(`${import.meta.dirname}/cost.json`, json);
  console.log(
    process.argv.includes("--json")
      ? json
      : [countsTable, costTable, shardsCostTable].map((table) => table(counts)).join("\n\n"),
  );
  process.exit();
}
