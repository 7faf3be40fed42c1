/** What a fleet takes, from what each thing costs. Nothing here is measured. */
import type { EngineName } from "../engines/lines.ts";
import type { Constants, EngineConstants } from "./constants.ts";
import { share } from "./cost.ts";

export interface Workload {
  readonly clients: number;
  /** Clients in a room: each is in one. */
  readonly members: number;
  /** Messages that a client says in a minute: all of its room hear each. */
  readonly perMinute: number;
  /** Bytes of a message. */
  readonly bytes: number;
  readonly engine: EngineName;
  /** Where a load balancer sends a room's clients: to any process, or all to one. */
  readonly placed: "anywhere" | "by room";
  /** Processes, where that is not to be found out. */
  readonly processes?: number | undefined;
}

/** What one may be asked to carry. */
export interface Bounds {
  /** The share of a core that a process, and of its cores that an engine, is to be busy for at most. */
  readonly busy: number;
  /** MiB of a process. */
  readonly mib: number;
  /** Connections of a process. */
  readonly connections: number;
}

export const BOUNDS: Bounds = { busy: 0.5, mib: 2048, connections: 50_000 };

export interface Load {
  /** Of CPU cores. */
  readonly cores: number;
  readonly mib: number;
}

export interface Fleet {
  /** Groups of processes, each with an engine of its own: a room is in one of them. 0: no engine is needed. */
  readonly engines: number;
  readonly processes: number;
  /** Of each process. */
  readonly connections: number;
  readonly process: Load;
  /** Of each engine: cores that are busy, messages that come to it and go from it in a second, connections, Mbit/s. */
  readonly engine: {
    readonly cores: number;
    readonly takes: number;
    readonly brings: number;
    readonly connections: number;
    readonly mbits: number;
  };
  /** Of all together: cores that are busy, and GiB. */
  readonly cores: number;
  readonly gib: number;
  /** Mbit/s to clients, of each process. */
  readonly mbits: number;
  /** What would be too much for one process, for a fleet with one engine, and at last for this one. */
  readonly breaks: readonly string[];
}

/** Seconds between two pings, of a client's connection and of a process at its engine. */
const CLIENT_PING = 30;
const ENGINE_PING = 2;
/** What a message has around it: of WebSocket, TCP and IP, and of a batch of one. */
const FRAME_BYTES = 4 + 52;
const BATCH_BYTES = 150 + 52;
/** New connections of each client in a day. */
const CONNECTS = 4;

/** What a fleet of so many processes with one engine takes. */
export function carried(workload: Workload, processes: number, constants: Constants): Fleet {
  const { clients, members, perMinute, bytes, placed } = workload;
  const { host } = constants;
  const engine = constants.engines[workload.engine];
  const connections = clients / processes;
  const rate = (connections * perMinute) / 60;
  const isAlone = processes === 1;
  const others = isAlone || placed === "by room" ? 0 : (processes - 1) * (1 - (1 - 1 / processes) ** (members - 1));
  const heard = rate * others;
  const said = isAlone ? 0 : rate;
  const besides =
    connections * (host.usPing / CLIENT_PING + (host.usHandshake * CONNECTS) / 86_400) + rate * members * host.usOut;
  const streams = [
    { perSecond: rate, cost: host.in },
    { perSecond: said, cost: engine.say },
    { perSecond: heard, cost: engine.hear },
  ];
  const cores = share(streams, besides);
  const isAtServer = !isAlone && workload.engine !== "cluster";
  const mibBare = isAtServer ? host.mibAtEngine[workload.engine as keyof typeof host.mibAtEngine] : host.mibProcess;
  const mib = mibBare + (connections * host.kibConnection) / 1024;
  const at = engineLoad(workload, { processes, others, said: said * processes }, engine);
  return {
    engines: isAlone ? 0 : 1,
    processes,
    connections,
    process: { cores, mib },
    engine: at,
    cores: cores * processes + at.cores,
    gib: (mib * processes) / 1024,
    mbits: (rate * members * (bytes + FRAME_BYTES) * 8) / 1e6,
    breaks: [],
  };
}

interface Told {
  readonly processes: number;
  /** Of them, besides the one that says it: those that hear it. */
  readonly others: number;
  /** Messages a second. */
  readonly said: number;
}

function engineLoad({ bytes, engine: name }: Workload, { processes, others, said }: Told, engine: EngineConstants) {
  if (processes === 1) return { cores: 0, takes: 0, brings: 0, connections: 0, mbits: 0 };
  const to = { all: processes, hearers: others + 1, others }[engine.bringsTo];
  const pings = processes / ENGINE_PING;
  // Each process of NATS tells all others that it is there.
  const takes = said + pings;
  const brings = said * to + (name === "nats" ? pings * processes : pings);
  const perCore = share(
    [
      { perSecond: takes / engine.cores, cost: engine.taken },
      { perSecond: brings / engine.cores, cost: engine.brought },
    ],
    0,
  );
  const mbits = ((takes + brings) * (bytes + BATCH_BYTES) * 8) / 1e6;
  return { cores: perCore * engine.cores, takes, brings, connections: processes, mbits };
}

/** The smallest fleet that carries it; undefined where none does: the words say why. */
export function simulate(workload: Workload, bounds: Bounds, constants: Constants): Fleet | string {
  if (workload.processes) return carried(workload, workload.processes, constants);
  const alone = carried(workload, 1, constants);
  const breaks = tooMuch(alone, workload, bounds, constants);
  if (breaks.length === 0) return alone;
  for (let engines = 1; engines <= 1 << 20; engines *= 2) {
    const part = { ...workload, clients: workload.clients / engines };
    if (part.clients < workload.members) break;
    const fleet = smallest(part, bounds, constants);
    if (!fleet) continue;
    const over = tooMuch(fleet, workload, bounds, constants);
    if (over.length > 0) {
      breaks.push(...over.filter((one) => !breaks.includes(one)));
      continue;
    }
    const all = Math.max(engines, 1);
    return {
      ...fleet,
      engines: fleet.processes === 1 ? 0 : all,
      processes: fleet.processes * all,
      cores: fleet.cores * all,
      gib: fleet.gib * all,
      breaks,
    };
  }
  return `no fleet carries that: ${breaks.join(", ")}. A room has to be smaller, or to say less`;
}

/** Of all numbers of processes, the smallest with which each of them can carry its part. */
function smallest(workload: Workload, bounds: Bounds, constants: Constants): Fleet | undefined {
  const fits = (processes: number) => ofProcess(carried(workload, processes, constants), bounds).length === 0;
  let most = 1;
  while (!fits(most)) {
    most *= 2;
    if (most > workload.clients) return undefined;
  }
  let least = Math.floor(most / 2) + 1;
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (fits(middle)) most = middle;
    else least = middle + 1;
  }
  return carried(workload, most, constants);
}

function tooMuch(fleet: Fleet, workload: Workload, bounds: Bounds, constants: Constants): string[] {
  const { cores } = constants.engines[workload.engine];
  const isEngineFull = fleet.engine.cores > bounds.busy * cores;
  return [...ofProcess(fleet, bounds), ...(isEngineFull ? ["the engine's CPU"] : [])];
}

function ofProcess({ process, connections }: Fleet, bounds: Bounds): string[] {
  return [
    ...(process.cores > bounds.busy ? ["a process's CPU"] : []),
    ...(process.mib > bounds.mib ? ["a process's memory"] : []),
    ...(connections > bounds.connections ? ["a process's connections"] : []),
  ];
}
