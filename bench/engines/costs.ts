import { markdown } from "../table.ts";
import type { EngineName } from "./lines.ts";

/** What one message costs at one load: microseconds of CPU time, and milliseconds from saying to hearing. */
export interface EngineLoad {
  readonly p50: number;
  readonly p99: number;
  /** The process that says it. */
  readonly speaker: number;
  /** Each other process that hears it; in the crowded room it says something, too. */
  readonly hearer: number;
  readonly engine: number;
}

/**
 * One message a turn, 500 a second, to one other process; to three others; a hundred messages a turn, 20 000 a second, to one other;
 * 6000 a second of three processes that don't hear themselves, to one other; the same where all four hear all.
 */
export const LOAD_NAMES = ["single", "shared", "batched", "busy", "crowded"] as const;

export type LoadName = (typeof LOAD_NAMES)[number];

export interface EngineCosts {
  /** Processes that are connected, whether they hear the room or not. */
  readonly ends: number;
  readonly engines: Readonly<Record<EngineName, Readonly<Record<LoadName, EngineLoad>>>>;
  /** The load `single` with more of them. */
  readonly many: { readonly ends: number; readonly postgres: EngineLoad };
}

export const ENGINE_TITLES: Readonly<Record<EngineName, string>> = {
  redis: "Redis",
  nats: "NATS",
  postgres: "PostgreSQL",
  cluster: "Cores of one machine",
};

/** The costs as a table in Markdown. */
export function enginesTable(costs: EngineCosts): string {
  const rows = (Object.keys(ENGINE_TITLES) as EngineName[]).map((engine) => {
    const { single, shared, batched, busy } = costs.engines[engine];
    const latency = `${single.p50.toPrecision(2)} / ${single.p99.toPrecision(2)}`;
    return [ENGINE_TITLES[engine], latency, ...[single, shared, busy, batched].map(cpuCell)];
  });
  const head = [
    "",
    "p50 / p99",
    "To one other",
    "To three others",
    "Busy, to one other",
    "A hundred a turn, to one other",
  ];
  return markdown(head, rows);
}

/** Microseconds of who says it, of each who hears it, and of the engine. */
function cpuCell({ speaker, hearer, engine }: EngineLoad): string {
  return [speaker, hearer, engine].map((us) => (us < 10 ? us.toFixed(1) : us.toFixed(0))).join(" / ");
}
