import { brokerAt } from "./broker.ts";
import { serveChat } from "./host.ts";

const server = await serveChat(await brokerAt(process.env.BROKER_URL));
console.log(`The chat is on ${server.url.replace("ws:", "http:")}`);

/** For a deploy: asks the sockets to come back, not all at once, then ends. */
async function leave(): Promise<void> {
  await server.drain({ overMs: 1000 });
  await server.close();
}

process.once("SIGTERM", leave).once("SIGINT", leave);
