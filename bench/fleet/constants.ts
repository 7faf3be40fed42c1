/** What the simulation knows: each number with the command that measured it. Nothing here is estimated. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineCosts } from "../engines/costs.ts";
import type { EngineName } from "../engines/lines.ts";
import type { Cost, Point } from "./cost.ts";
import type { HostCosts } from "./measure.ts";

/** What an engine costs, in microseconds of CPU time. */
export interface EngineConstants {
  /** Of a process: a message that it says to others, and one that it hears from them. */
  readonly say: Cost;
  readonly hear: Cost;
  /** Of the engine: a message that comes, and one that goes to a process. */
  readonly taken: Cost;
  readonly brought: Cost;
  /** What is brought by it: to all processes, to those that hear the room with the one that says it, or to the others alone. */
  readonly bringsTo: "all" | "hearers" | "others";
  /** CPU cores that one of it can use. */
  readonly cores: number;
}

/** CPU cores that an engine is given, if it can use several. */
const CORES = 8;

export interface Constants {
  readonly host: HostCosts;
  readonly engines: Readonly<Record<EngineName, EngineConstants>>;
}

const FOLDER = join(import.meta.dirname, "..");
export const HOST_FILE: string = join(FOLDER, "fleet.json");
export const ENGINE_FILE: string = join(FOLDER, "engines.json");

/** Reads what was kept. */
export function readConstants(): Constants {
  const host = JSON.parse(readFileSync(HOST_FILE, "utf8")) as HostCosts;
  return { host, engines: engineConstants(JSON.parse(readFileSync(ENGINE_FILE, "utf8")) as EngineCosts, host) };
}

export function engineConstants(costs: EngineCosts, host: HostCosts): Readonly<Record<EngineName, EngineConstants>> {
  const { single, busy } = costs.engines.cluster;
  // A worker that says something is measured by itself: its engine is the program that it is in.
  const ofWorker = { few: pointOf(single.speaker, RATES.single), many: pointOf(busy.speaker, RATES.busy / 3) };
  return {
    redis: constantsOf(costs, "redis", { say: host.say.redis, bringsTo: "hearers", cores: 1 }),
    nats: constantsOf(costs, "nats", { say: host.say.nats, bringsTo: "hearers", cores: CORES }),
    postgres: constantsOf(costs, "postgres", { say: host.say.postgres, bringsTo: "all", cores: CORES }),
    // Its primary process.
    cluster: constantsOf(costs, "cluster", { say: ofWorker, bringsTo: "others", cores: 1 }),
  };
}

/** Messages a second of these loads. */
const RATES = { single: 500, busy: 6000 };

function pointOf(us: number, perSecond: number): Point {
  return { us, busy: (us * perSecond) / 1e6 };
}

function constantsOf(
  costs: EngineCosts,
  engine: EngineName,
  known: Pick<EngineConstants, "say" | "bringsTo" | "cores">,
): EngineConstants {
  const { single, shared, busy, crowded, batched } = costs.engines[engine];
  const { ends, many } = costs;
  const isToAll = known.bringsTo === "all";
  const isToSelf = known.bringsTo === "hearers";
  // Two loads differ in how many hear: in the shared room two more than where one does, in the crowded one all others.
  const toOneMore = isToAll
    ? { few: (many.postgres.engine - single.engine) / (many.ends - ends), many: batched.engine / ends }
    : { few: (shared.engine - single.engine) / 2, many: (crowded.engine - busy.engine) / (isToSelf ? 3 : 2) };
  // No less than where a hundred messages share all else.
  const usFew = Math.max(toOneMore.few, batched.engine / 2);
  const usMany = Math.min(usFew, Math.max(toOneMore.many, batched.engine / 2));
  const [toFew, toMany] = isToAll ? [ends, ends] : isToSelf ? [2, 1] : [1, 1];
  const [few, most] = [pointOf(single.engine, RATES.single), pointOf(busy.engine, RATES.busy)];
  const without = (point: Point, us: number) => ({ ...point, us: Math.max(batched.engine / 2, point.us - us) });
  return {
    ...known,
    hear: { few: pointOf(single.hearer, RATES.single), many: pointOf(busy.hearer, RATES.busy) },
    taken: { few: without(few, toFew * usFew), many: without(most, toMany * usMany) },
    brought: { few: { ...few, us: usFew }, many: { ...most, us: usMany } },
  };
}
