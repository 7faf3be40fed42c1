/**
 * What a message of 100 bytes costs between the workers of a program, as processes and as threads: microseconds of CPU time of all of them and of what is
 * between them, from one to two others. `npm run bench:threads`; each in turn, three rounds.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { workers } from "onesocket/cluster";
import { threads } from "onesocket/cluster/threads";
import { connectBy } from "../src/adapters/cluster/broker.ts";
import { ownThreadData } from "../src/adapters/cluster/threads/thread.ts";
import { toMain } from "../src/adapters/cluster/threads/upstream.ts";
import { toPrimary } from "../src/adapters/cluster/upstream.ts";
import { Relay } from "../src/core/rooms/cluster/relay.ts";
import { sleep } from "./loads/measurement.ts";
import { cpuSeconds } from "./process.ts";

const SECONDS = 4;

/** How many are said in one turn, and how many turns there are in a second. */
const LOADS = [
  { title: "each alone, 500 a second", burst: 1, turns: 500 },
  { title: "a hundred a turn, 20,000 a second", burst: 100, turns: 200 },
] as const;

const [kind, load] = process.argv.slice(2);
if (kind === undefined) await compare();
else await serve(kind, LOADS[Number(load)]!);

async function compare(): Promise<void> {
  for (const [index, { title }] of LOADS.entries()) {
    const taken: Record<string, number[]> = { processes: [], threads: [] };
    for (let round = 0; round < 3; round++) {
      for (const [name, all] of Object.entries(taken)) all.push(Number((await measured(name, index)).toPrecision(2)));
    }
    console.log(`${title}: ${JSON.stringify(taken)}`);
  }
}

async function measured(name: string, index: number): Promise<number> {
  const flags = ["--conditions=onesocket-source", import.meta.filename, name, `${index}`];
  const child = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const before = cpuSeconds(child.pid!);
  const { value: heard } = await lines.next();
  const cpu = cpuSeconds(child.pid!) - before;
  child.kill("SIGKILL");
  const { burst, turns } = LOADS[index]!;
  const said = burst * turns * SECONDS;
  if (Number(heard) !== said) throw new Error(`${heard} of ${said} messages were heard`);
  return (cpu / said) * 1e6;
}

/** The second of three says how many it has heard when it has heard all that the first says. */
async function serve(of: string, { burst, turns }: (typeof LOADS)[number]): Promise<void> {
  const run = (_: unknown, index: number) => {
    const place = ownThreadData();
    const broker = connectBy(place ? toMain(place) : toPrimary)(() => {});
    let heard = 0;
    const perform = () => {
      heard += 1;
      if (index === 1 && heard === burst * turns * SECONDS) console.log(heard);
    };
    const failed = (error: unknown) => console.error(error);
    const host = { broker, failed, unreadable: failed, missed: failed, ended() {}, rosterOpened() {}, seen() {} };
    const relay = new Relay("bench", 1, host);
    relay.open({ size: 1, perform });
    if (index === 0) say(relay, burst, turns).catch(failed);
    return { drain: async () => ({ sockets: 0, clean: 0, lost: 0 }), close: async () => {} };
  };
  await (of === "threads" ? threads(3, run) : workers(3, run));
  console.log("ready");
}

async function say(relay: Relay, burst: number, turns: number): Promise<void> {
  // Until all of them hear it.
  await sleep(1.5);
  const begun = performance.now();
  for (let turn = 0; turn < turns * SECONDS; ) {
    const due = Math.min(turns * SECONDS, ((performance.now() - begun) / 1000) * turns);
    if (turn < due) {
      turn += 1;
      for (let i = 0; i < burst; i++) relay.post({ act: new Uint8Array(100) });
    }
    await sleep(0.001);
  }
}
