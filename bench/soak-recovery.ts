/**
 * Clients whose connections are cut again and again, at any moment and in the middle of messages, while numbers are said to their
 * room; in a Durable Object it hibernates meanwhile. At the end every client must have heard every number once, in order, and none
 * been told that something was missed.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rooms } from "onesocket";
import { type Client, connect } from "onesocket/client";
import { serve } from "onesocket/node";
import { startWorker } from "../test/helpers/miniflare.ts";
import { Cutter } from "./loads/cutter.ts";
import { room } from "./soak-recovery-room.ts";

const HELP = `npm run soak:recovery -- [--reconnects N] [--runtime node|durable] [--clients N] [--json] [--help]

  --reconnects N  how many connections are cut; default 10000, at most 1000000
  --runtime       which one has the room; default both, one after the other
  --clients N     how many clients there are; default 20, at most 200
  --json          prints one JSON object at the end instead of lines

Ends with 1 when a client heard a number twice, not at all or out of order, or was told that it recovered nothing.`;

/** A server that has the room. */
interface Subject {
  readonly port: number;
  say(n: number): Promise<void>;
  /** Puts the room to sleep, where it can. */
  sleep?(): Promise<unknown>;
  stop(): Promise<unknown>;
}

export type RuntimeName = "node" | "durable";

async function node(): Promise<Subject> {
  const server = await serve(room, { port: 0, hostname: "127.0.0.1" });
  const handle = rooms(room).get("default");
  return { port: server.port, say: (n) => handle.notify("said", n), stop: () => server.close() };
}

const WORKER = `
import { rooms } from "onesocket";
import { durableRoom, worker } from "onesocket/cloudflare";
import { room } from "${import.meta.dirname}/soak-recovery-room.ts";
export class Room extends durableRoom(room) {}
const served = worker(room, { rooms: { room: "ROOM" } });
export default {
  async fetch(request, env, context) {
    if (request.method !== "POST") return served.fetch(request, env, context);
    await rooms(room, env).get("default").notify("said", Number(await request.text()));
    return new Response(null, { status: 204 });
  },
};
`;

async function durable(): Promise<Subject> {
  const worker = await startWorker(WORKER, { objects: { ROOM: "Room" } });
  return {
    port: Number(new URL(worker.url).port),
    say: async (n) => void (await fetch(worker.url, { method: "POST", body: String(n) })),
    // One that is asleep already is not running.
    sleep: () => worker.evict("ROOM", "default").catch(() => {}),
    stop: () => worker.dispose(),
  };
}

/** One client and what it has heard. */
class Listener {
  readonly heard: number[] = [];
  readonly client: Client;
  /** How often it was told that something was missed. */
  unrecovered = 0;

  constructor(port: number) {
    const backoff = { firstMs: 2, longestMs: 20, spreadMs: 20 };
    this.client = connect(`ws://127.0.0.1:${port}/`, { backoff, probe: false });
    this.client.on("said", (n: number) => void this.heard.push(n));
    this.client.addEventListener("status", () => {
      if (this.client.status.recovered === false) this.unrecovered += 1;
    });
  }

  /** The first number that is not where it should be; undefined when all are. */
  mistake(last: number): string | undefined {
    const at = this.heard.findIndex((n, index) => n !== index + 1);
    if (at >= 0) return `${this.heard[at]} came after ${this.heard[at - 1] ?? "nothing"}`;
    if (this.heard.length !== last) return `${this.heard.length} of ${last} came`;
    return this.unrecovered > 0 ? `${this.unrecovered} times it was told that something was missed` : undefined;
  }
}

export interface Soaked {
  readonly runtime: RuntimeName;
  readonly cuts: number;
  readonly said: number;
  readonly sleeps: number;
  readonly mistakes: readonly string[];
}

/** Cuts so many connections. */
export async function soak(runtime: RuntimeName, reconnects: number, clients: number): Promise<Soaked> {
  const subject = await { node, durable }[runtime]();
  const cutter = await Cutter.before(subject.port);
  const listeners = Array.from({ length: clients }, () => new Listener(cutter.port));
  let [said, sleeps] = [0, 0];
  try {
    await until(() => listeners.every(({ client }) => client.status.state === "open"));
    while (cutter.cuts < reconnects) {
      await subject.say(++said);
      for (let cuts = Math.random() * 4; cuts >= 1; cuts--) cutter.cut();
      if (subject.sleep && Math.random() < 0.02) {
        sleeps += 1;
        await subject.sleep();
      }
      if (Math.random() < 0.5) await wait(Math.random() * 4);
    }
    await subject.say(++said);
    await until(() => listeners.every(({ heard }) => heard.at(-1) === said));
    const mistakes = listeners.map((one) => one.mistake(said)).filter((mistake) => mistake !== undefined);
    return { runtime, cuts: cutter.cuts, said, sleeps, mistakes };
  } finally {
    for (const { client } of listeners) client.close();
    cutter.close();
    await subject.stop();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = 60_000; !holds(); left -= 20) {
    if (left <= 0) throw new Error("it did not come to rest within a minute");
    await wait(20);
  }
}

function options(): { reconnects: number; clients: number; runtimes: readonly RuntimeName[]; json: boolean } {
  const { values } = parseArgs({
    options: {
      reconnects: { type: "string", default: "10000" },
      clients: { type: "string", default: "20" },
      runtime: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const [reconnects, clients] = [Number(values.reconnects), Number(values.clients)];
  const runtimes = (values.runtime === undefined ? ["node", "durable"] : [values.runtime]) as RuntimeName[];
  const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (
    !isCount(reconnects, 1e6) ||
    !isCount(clients, 200) ||
    !runtimes.every((name) => ["node", "durable"].includes(name))
  ) {
    console.error("--reconnects is 1 to 1000000, --clients 1 to 200, --runtime node or durable");
    process.exit(2);
  }
  return { reconnects, clients, runtimes, json: values.json };
}

if (import.meta.main) {
  const { reconnects, clients, runtimes, json } = options();
  const results: Soaked[] = [];
  for (const runtime of runtimes) {
    const result = await soak(runtime, reconnects, clients);
    results.push(result);
    const { cuts, said, sleeps, mistakes } = result;
    const slept = sleeps > 0 ? `, ${sleeps} sleeps` : "";
    if (!json)
      console.log(
        `${runtime}: ${cuts} cuts, ${said} numbers to ${clients} clients${slept}, ${mistakes.length} mistakes`,
      );
    for (const mistake of mistakes) console.error(`  ${mistake}`);
  }
  if (json) console.log(JSON.stringify(results));
  process.exit(results.some(({ mistakes }) => mistakes.length > 0) ? 1 : 0);
}
