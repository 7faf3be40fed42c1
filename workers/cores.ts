import { workers } from "onesocket/cluster";
import { serveChat } from "./host.ts";

// The chat on several cores of one machine, which share a port.
const all = await workers(3, (broker) => serveChat(broker));
console.log(`The chat is on ${all.url?.replace("ws:", "http:")}, in the processes ${all.pids.join(", ")}`);

async function leave(): Promise<void> {
  await all.drain({ overMs: 1000 });
  await all.close();
}

process.once("SIGTERM", leave).once("SIGINT", leave);
