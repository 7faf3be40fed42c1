import { ENGINE_TITLES } from "../engines/costs.ts";
import type { EngineName } from "../engines/lines.ts";
import { aligned, markdown } from "../table.ts";
import type { Constants } from "./constants.ts";
import type { Cost } from "./cost.ts";
import { BOUNDS, type Bounds, type Fleet, simulate, type Workload } from "./model.ts";

export interface Prices {
  /** Dollars for an hour of a core, and of a GiB of memory. */
  readonly coreHour: number;
  readonly gibHour: number;
}

const HOURS = 730;
/** Of a list of prices of machines in a data center. */
const PRICES: Prices = { coreHour: 0.04, gibHour: 0.005 };

/** Dollars a month: cores are paid for when they are idle, too. */
export function dollarsOf({ cores, gib }: Fleet, { busy }: Bounds, { coreHour, gibHour }: Prices): number {
  return ((cores / busy) * coreHour + gib * gibHour) * HOURS;
}

export function fleetText(fleet: Fleet, dollars: number): string {
  const { engine, process } = fleet;
  const rows = [
    ["processes", whole(fleet.processes)],
    ["  each: connections", whole(fleet.connections)],
    ["  each: busy, of a core", percent(process.cores)],
    ["  each: memory", `${whole(process.mib)} MiB`],
    ["  each: to clients", `${few(fleet.mbits)} Mbit/s`],
    ["engines", fleet.engines === 0 ? "none is needed" : whole(fleet.engines)],
    ...(fleet.engines === 0
      ? []
      : [
          ["  each: cores that are busy", few(engine.cores)],
          ["  each: messages that come, a second", whole(engine.takes)],
          ["  each: messages that go, a second", whole(engine.brings)],
          ["  each: connections", whole(engine.connections)],
          ["  each: network", `${few(engine.mbits)} Mbit/s`],
        ]),
    ["all: cores that are busy", few(fleet.cores)],
    ["all: memory of the processes", `${few(fleet.gib)} GiB`],
    ["all: dollars a month", whole(dollars)],
    ["too much otherwise", fleet.breaks.join(", ") || "nothing"],
  ];
  return aligned(rows[0]!, rows.slice(1));
}

/** A chat at each order of magnitude, as a table in Markdown. */
export function sizesTable(constants: Constants): string {
  const rows = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((clients) =>
    (["anywhere", "by room"] as const).map((placed) => {
      const workload: Workload = { clients, members: 50, perMinute: 1, bytes: 100, engine: "redis", placed };
      return [whole(clients), placed, ...cellsOf(simulate(workload, BOUNDS, constants))];
    }),
  );
  const head = [
    "Clients",
    "Placed",
    "Processes",
    "Each is busy",
    "MiB each",
    "Redis",
    "Each is busy",
    "Dollars a month",
    "Too much otherwise",
  ];
  return markdown(head, rows);
}

/** The same million clients on each engine. */
export function enginesSizesTable(constants: Constants): string {
  const rows = (Object.keys(ENGINE_TITLES) as EngineName[]).flatMap((engine) =>
    [1e4, 1e5].map((clients) => {
      const workload: Workload = { clients, members: 50, perMinute: 6, bytes: 100, engine, placed: "anywhere" };
      return [ENGINE_TITLES[engine], whole(clients), ...cellsOf(simulate(workload, BOUNDS, constants))];
    }),
  );
  const head = [
    "Engine",
    "Clients",
    "Processes",
    "Each is busy",
    "MiB each",
    "Engines",
    "Each is busy",
    "Dollars a month",
    "Too much otherwise",
  ];
  return markdown(head, rows);
}

function cellsOf(fleet: Fleet | string): readonly string[] {
  if (typeof fleet === "string") return ["–", "", "", "", "", "", fleet];
  const { engine, process } = fleet;
  return [
    whole(fleet.processes),
    percent(process.cores),
    whole(process.mib),
    fleet.engines === 0 ? "–" : whole(fleet.engines),
    fleet.engines === 0 ? "–" : `${few(engine.cores)} cores`,
    whole(dollarsOf(fleet, BOUNDS, PRICES)),
    fleet.breaks.join(", ") || "nothing",
  ];
}

/** What is known, and by which command, as a table in Markdown. */
export function constantsTable({ host, engines }: Constants): string {
  const HOST = "npm run simulate -- --measure";
  const ENGINE = "npm run bench:engines -- --write";
  const us = (value: number) => `${few(value)} µs`;
  const cost = ({ few: lone, many }: Cost) =>
    `${us(lone.us)}; ${us(many.us)} where it is busy for ${percent(many.busy)}`;
  const all = Object.entries(engines) as [EngineName, Constants["engines"][EngineName]][];
  const ofEngines = (what: string, pick: (one: Constants["engines"][EngineName]) => string, by: string) =>
    all.map(([name, one]) => [`${ENGINE_TITLES[name]}: ${what}`, pick(one), name === "cluster" ? ENGINE : by]);
  return markdown(
    ["What", "Takes", "Measured by"],
    [
      ["A host: a message that comes", cost(host.in), HOST],
      ["A host: one that goes to a socket", us(host.usOut), HOST],
      ["A host: a handshake", us(host.usHandshake), HOST],
      ["A host: a protocol ping and its answer", us(host.usPing), HOST],
      ["A host: a connection that is open", `${few(host.kibConnection)} KiB`, HOST],
      ["A host: the process", `${few(host.mibProcess)} MiB`, HOST],
      ...Object.entries(host.mibAtEngine).map(([name, mib]) => [
        `${ENGINE_TITLES[name as EngineName]}: the process of a host`,
        `${few(mib)} MiB`,
        HOST,
      ]),
      ...ofEngines("a message that a host says to others", ({ say }) => cost(say), HOST),
      ...ofEngines("one that a host hears from others", ({ hear }) => cost(hear), ENGINE),
      ...ofEngines("one that comes to the engine", ({ taken }) => cost(taken), ENGINE),
      ...ofEngines("one that goes from it to a process", ({ brought }) => cost(brought), ENGINE),
    ].map((row) => row.map((cell, at) => (at === 2 ? `\`${cell}\`` : cell))),
  );
}

function whole(value: number): string {
  return Math.ceil(value).toLocaleString("en").replaceAll(",", "\u00a0");
}

function few(value: number): string {
  if (value >= 100) return whole(value);
  return value === 0 ? "0" : `${Number(value.toPrecision(2))}`;
}

function percent(value: number): string {
  return `${few(value * 100)} %`;
}
