/**
 * What one room's messages cost that has its sockets in 1, 4 and 16 Durable Objects, in workerd: deliveries, and calls between the objects.
 * Locally all objects share one thread: what is seen here is what shards cost, and nothing of what they gain on Cloudflare, where each has
 * a thread of its own.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LoadClient, openAll } from "./loads/client.ts";
import { sleep, stopwatch } from "./loads/measurement.ts";
import { frameOf, payloadOf } from "./payloads.ts";
import { type ServerProcess, startServer } from "./process.ts";
import { refuse } from "./refuse.ts";

const HELP = `npm run bench:shards -- [--sockets N] [--seconds N] [--repeats N] [--json]

  --sockets N    how many are in the room; default 5000, at most 10000
  --seconds N    how long each measurement takes; default 5, at most 60
  --repeats N    how often the three are measured, in turns; default 2, at most 10
  --json         prints JSON instead of a table
  --help         prints this`;

const SHARDS = [1, 4, 16] as const;
/** Members that speak, each of which has one message under way. */
const SPEAKERS = 16;
/** Messages that are sent one after another, whose calls are counted. */
const ALONE = 20;

/** What was measured for one number of shards. */
export interface Shards {
  readonly shards: number;
  readonly deliveriesPerSecond: number;
  readonly deliveriesPerCpuSecond: number;
  /** Calls of an object by another for one message: that are sent one by one, and with {@link SPEAKERS} under way. */
  readonly callsAlone: number;
  readonly callsUnderLoad: number;
}

interface Size {
  readonly sockets: number;
  readonly seconds: number;
  readonly repeats: number;
}

/** Measures them in turns, each in rooms of its own; the best of its repeats is kept. */
export async function measure({ sockets, seconds, repeats }: Size): Promise<Shards[]> {
  const server = await startServer(process.execPath, [
    "--conditions=onesocket-source",
    join(import.meta.dirname, "servers/durable.ts"),
    "sharded",
  ]);
  try {
    const best = new Map<number, Shards>();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const shards of SHARDS) {
        const measured = await measureRoom(server, shards, `${shards}-${repeat}`, { sockets, seconds });
        const before = best.get(shards);
        if (!before || measured.deliveriesPerCpuSecond > before.deliveriesPerCpuSecond) best.set(shards, measured);
      }
    }
    return [...best.values()];
  } finally {
    await server.stop();
  }
}

async function measureRoom(
  server: ServerProcess,
  shards: number,
  room: string,
  { sockets, seconds }: Omit<Size, "repeats">,
): Promise<Shards> {
  const clients = await openAll(sockets, 50, () => ({ port: server.port, path: `/${room}` }));
  try {
    const before = await calls(server);
    const rounds = new Rounds(clients);
    for (let i = 0; i < ALONE; i++) await rounds.deliver(1);
    const alone = await calls(server);
    await rounds.deliver(Math.min(SPEAKERS, sockets));
    const begun = await calls(server);
    const begunMessages = rounds.delivered;
    const read = stopwatch(server, () => rounds.delivered * sockets);
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) await rounds.deliver(Math.min(SPEAKERS, sockets));
    const { count, cpu, seconds: took } = read();
    const messages = rounds.delivered - begunMessages;
    return {
      shards,
      deliveriesPerSecond: Math.round(count / took),
      deliveriesPerCpuSecond: Math.round(count / cpu),
      callsAlone: (alone - before) / ALONE,
      callsUnderLoad: ((await calls(server)) - begun) / messages,
    };
  } finally {
    for (const client of clients) client.reset();
    await sleep(0.5);
  }
}

async function calls({ port }: ServerProcess): Promise<number> {
  const { tell, bring } = (await (await fetch(`http://127.0.0.1:${port}/calls`)).json()) as Record<string, number>;
  return tell! + bring!;
}

/** Has members speak, and waits until all have heard all of it. */
class Rounds {
  readonly #clients: readonly LoadClient[];
  readonly #frame = frameOf("text", PAYLOAD, 0x12345678);
  readonly #length = frameOf("text", PAYLOAD, undefined).length;
  #bytes = 0;
  #wanted = 0;
  #done = () => {};
  delivered = 0;

  constructor(clients: readonly LoadClient[]) {
    this.#clients = clients;
    for (const client of clients) client.onBytes((bytes) => this.#take(bytes.length));
  }

  /** The first of them say something each. */
  async deliver(speakers: number): Promise<void> {
    this.#wanted += speakers * this.#length * this.#clients.length;
    const heard = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.#bytes} of ${this.#wanted} bytes came`)), 60_000);
      this.#done = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const client of this.#clients.slice(0, speakers)) client.write(this.#frame);
    await heard;
    this.delivered += speakers;
  }

  #take(length: number): void {
    this.#bytes += length;
    if (this.#bytes > this.#wanted) throw new Error("more came than was sent");
    if (this.#bytes === this.#wanted) this.#done();
  }
}

const PAYLOAD = payloadOf({ kind: "text", size: 64, seed: 1 });

/** As a table in Markdown. */
export function shardsTable(measured: readonly Shards[]): string {
  const [{ deliveriesPerCpuSecond: one }] = measured as [Shards];
  const rows = measured.map((row) => {
    const ratio = (row.deliveriesPerCpuSecond / one).toFixed(2);
    return `| ${row.shards} | ${row.callsAlone} | ${row.callsUnderLoad.toFixed(2)} | ${whole(row.deliveriesPerSecond)} | ${ratio} |`;
  });
  return [
    "| Shards | Calls for a message alone | with 16 under way | Deliveries a second, all on one thread | for each CPU second, against one shard |",
    "| ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function whole(value: number): string {
  return value.toLocaleString("en").replaceAll(",", "\u00a0");
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      sockets: { type: "string", default: "5000" },
      seconds: { type: "string", default: "5" },
      repeats: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const size = {
    sockets: between("sockets", values.sockets, 10_000),
    seconds: between("seconds", values.seconds, 60),
    repeats: between("repeats", values.repeats, 10),
  };
  const measured = await measure(size);
  console.log(values.json ? JSON.stringify(measured, null, 2) : shardsTable(measured));
  process.exit();
}

function between(name: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  return refuse(`--${name} is more than 0 and at most ${most}, not ${text}`);
}
