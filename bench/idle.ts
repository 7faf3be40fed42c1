/**
 * A soak: a room with 50 clients that ping every 5 seconds is left alone for `--minutes` (default 5), and then spoken to.
 * Prints how often its object was made: once before the idleness, and once for what ended it. Exits with 1 otherwise.
 */
import { setInterval } from "node:timers/promises";
import { Client } from "../test/helpers/client.ts";
import { startWorker } from "../test/helpers/miniflare.ts";

const CLIENTS = 50;
const minutes = Number(/--minutes[= ](\S+)/.exec(process.argv.join(" "))?.[1] ?? 5);

const worker = await startWorker(`${import.meta.dirname}/../test/fixtures/hibernation/rooms.ts`, {
  objects: { IDLE: "Idle" },
});
const made = () => worker.logs.filter((line) => line === "made idle hall").length;
const clients = await Promise.all(
  Array.from({ length: CLIENTS }, (_, i) => Client.connect(`${worker.url}/idle/hall?name=${i}`)),
);
let pongs = 0;
for await (const _ of setInterval(5000)) {
  if (pongs >= minutes * 12 * CLIENTS) break;
  for (const client of clients) client.send("ping");
  for (const client of clients) if ((await client.next()) === "pong") pongs++;
}
const idle = made();
clients[0]!.send("list");
const here = await clients[0]!.json();
while (made() < idle + 1) await (await fetch(`${worker.url}/due/idle/hall`)).text();
console.log(
  `${pongs} pongs in ${minutes} minutes; made ${idle} time(s) before and ${made() - idle} after; ${here.length} here`,
);
await worker.dispose();
process.exit(idle === 1 && here.length === CLIENTS ? 0 : 1);
