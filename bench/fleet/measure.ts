import { build } from "esbuild";
import { startEngine } from "../engines/lines.ts";
import { sleep } from "../loads/measurement.ts";
import { type ServerProcess, startServer } from "../process.ts";
import type { Cost, Point } from "./cost.ts";
import { Crowd, type FleetLoad } from "./load.ts";

/** What one host costs. Microseconds of CPU time but where it says otherwise. */
export interface HostCosts {
  /** A message that comes: its frame, the hook that sends it to the room, and to be woken by it. */
  readonly in: Cost;
  /** A message that goes to one socket. */
  readonly usOut: number;
  /** What is said to other processes, by engine. */
  readonly say: Readonly<Record<ServerName, Cost>>;
  readonly usHandshake: number;
  /** A protocol ping, with its answer. */
  readonly usPing: number;
  /** KiB of memory for a connection that is open, in a room of ten. */
  readonly kibConnection: number;
  /** MiB of memory of a process without connections, that has had some; and of one at an engine. */
  readonly mibProcess: number;
  readonly mibAtEngine: Readonly<Record<ServerName, number>>;
}

const BUNDLE = `${import.meta.dirname}/../../.snippets/fleet-host.mjs`;
let bundled: Promise<unknown> | undefined;

/** As it is published, in JavaScript: Node's own reading of TypeScript takes 40 MiB. */
export async function startHost(...args: readonly string[]): Promise<ServerProcess> {
  bundled ??= build({
    entryPoints: [`${import.meta.dirname}/host.ts`],
    outfile: BUNDLE,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { onesocket: SOURCE, "onesocket/node": `${SOURCE}/adapters/node` },
  });
  await bundled;
  return startServer(process.execPath, ["--expose-gc", BUNDLE, ...args]);
}

const SOURCE = `${import.meta.dirname}/../../src`;

const SERVERS = ["redis", "nats", "postgres"] as const;

/** An engine that is a program of its own. */
export type ServerName = (typeof SERVERS)[number];

/** Windows of which the middle one counts: all of them together are shorter than the time between two pings. */
const WINDOWS = 5;
const FLEET_WINDOWS = 3;

/** Few and many messages, each to its own client alone; few to a hundred. */
const LONE: FleetLoad = { clients: 200, members: 1, perSecond: 150 };
const BUSY: FleetLoad = { clients: 200, members: 1, perSecond: 3000 };
const TO_MANY: FleetLoad = { clients: 200, members: 100, perSecond: 60 };

export async function measureHost(seconds: number): Promise<HostCosts> {
  const alone = await measureAt([], seconds);
  const say: Partial<Record<ServerName, Cost>> = {};
  const mibAtEngine: Partial<Record<ServerName, number>> = {};
  for (const engine of SERVERS) {
    const { options, stop } = await startEngine(engine);
    const at = await measureAt(["--engine", engine, JSON.stringify(options)], seconds).finally(stop);
    say[engine] = { few: less(at.lone, alone.lone.us), many: less(at.busy, alone.busy.us) };
    mibAtEngine[engine] = at.mib;
  }
  const usOut = (alone.toMany.us - alone.lone.us) / (TO_MANY.members - 1);
  return {
    in: { few: less(alone.lone, usOut), many: less(alone.busy, usOut) },
    usOut,
    say: say as HostCosts["say"],
    usHandshake: await opened(),
    usPing: await pinged(),
    kibConnection: await remembered(),
    mibProcess: alone.mib,
    mibAtEngine: mibAtEngine as HostCosts["mibAtEngine"],
  };
}

/** The same without what is known. */
function less({ us, busy }: Point, known: number): Point {
  return { us: Math.max(0, us - known), busy };
}

async function measureAt(args: readonly string[], seconds: number) {
  const host = await startHost(...args);
  try {
    await warm([host.port]);
    const lone = await talked(host, LONE, seconds);
    const toMany = await talked(host, TO_MANY, seconds);
    const mib = (await host.restingBytes()) / (1 << 20);
    return { lone, toMany, busy: await talked(host, BUSY, seconds), mib };
  } finally {
    await host.stop();
  }
}

/** What one message took, in the middle one of several windows: of few messages, a collection of garbage in one costs more than all of them. */
async function talked(host: ServerProcess, load: FleetLoad, seconds: number): Promise<Point> {
  const crowd = await Crowd.open([host.port], load);
  try {
    await crowd.talk(0.5);
    const taken = await windows(WINDOWS, () => crowd.talk(seconds), [host.cpuSeconds]);
    const cpu = median(taken.map(([own = 0]) => own));
    return { us: (cpu / Math.floor(load.perSecond * seconds)) * 1e6, busy: cpu / seconds };
  } finally {
    crowd.close();
    await sleep(0.1);
  }
}

/** CPU seconds of some programs while something was done, again and again. */
async function windows(
  count: number,
  run: () => Promise<void>,
  programs: readonly (() => number)[],
): Promise<readonly number[][]> {
  const taken: number[][] = [];
  for (let window = 0; window < count; window++) {
    const before = programs.map((cpu) => cpu());
    await run();
    taken.push(programs.map((cpu, program) => cpu() - before[program]!));
  }
  return taken;
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)]!;
}

/** Until what is run often is compiled. */
async function warm(ports: readonly number[]): Promise<void> {
  const crowd = await Crowd.open(ports, { clients: 200, members: 10, perSecond: 1500 });
  for (let round = 0; round < 3; round++) await crowd.talk(1);
  crowd.close();
  await sleep(0.2);
}

async function opened(): Promise<number> {
  const host = await startHost();
  try {
    const load = { clients: 2000, members: 10, perSecond: 0 };
    for (let round = 0; round < 3; round++) (await Crowd.open([host.port], load)).close();
    await sleep(0.2);
    const before = host.cpuSeconds();
    const crowd = await Crowd.open([host.port], load);
    const cpu = host.cpuSeconds() - before;
    crowd.close();
    return (cpu / load.clients) * 1e6;
  } finally {
    await host.stop();
  }
}

async function pinged(): Promise<number> {
  const host = await startHost("--every", "1000");
  try {
    const crowd = await Crowd.open([host.port], { clients: 2000, members: 10, perSecond: 0 });
    await crowd.idle(1);
    const before = host.cpuSeconds();
    const pings = await crowd.idle(4);
    const cpu = host.cpuSeconds() - before;
    crowd.close();
    return (cpu / pings) * 1e6;
  } finally {
    await host.stop();
  }
}

async function remembered(): Promise<number> {
  const host = await startHost();
  try {
    const load = { clients: 4000, members: 10, perSecond: 0 };
    (await Crowd.open([host.port], { ...load, clients: 200 })).close();
    await sleep(0.2);
    const before = await host.restingBytes();
    const crowd = await Crowd.open([host.port], load);
    await sleep(0.2);
    const after = await host.restingBytes();
    crowd.close();
    return (after - before) / load.clients / 1024;
  } finally {
    await host.stop();
  }
}

/** What a fleet really takes. CPU in cores, all of its hosts together. */
export interface FleetSeen {
  readonly hostCores: number;
  readonly engineCores: number;
  readonly hostMib: number;
  readonly connections: number;
}

/** Starts so many hosts at an engine, and has a crowd talk there. */
export async function measureFleet(
  engine: ServerName,
  hosts: number,
  load: FleetLoad,
  seconds: number,
): Promise<FleetSeen> {
  const { options, cpu, stop } = await startEngine(engine);
  const started: ServerProcess[] = [];
  try {
    for (let i = 0; i < hosts; i++) started.push(await startHost("--engine", engine, JSON.stringify(options)));
    const ports = started.map(({ port }) => port);
    await warm(ports);
    const crowd = await Crowd.open(ports, load);
    await crowd.talk(1);
    const hostCpu = () => started.reduce((sum, host) => sum + host.cpuSeconds(), 0);
    const taken = await windows(FLEET_WINDOWS, () => crowd.talk(seconds), [hostCpu, cpu]);
    const [hostCores, engineCores] = [0, 1].map((program) => median(taken.map((one) => one[program]!)) / seconds);
    let hostMib = 0;
    for (const host of started) hostMib += (await host.restingBytes()) / (1 << 20);
    crowd.close();
    return { hostCores: hostCores!, engineCores: engineCores!, hostMib, connections: load.clients };
  } finally {
    for (const host of started) await host.stop();
    await stop();
  }
}
