/** A budget for a fleet: see --help. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { ENGINES, type EngineName } from "./engines/lines.ts";
import { type Constants, HOST_FILE, readConstants } from "./fleet/constants.ts";
import { type FleetSeen, measureFleet, measureHost } from "./fleet/measure.ts";
import { BOUNDS, carried, type Fleet, simulate, type Workload } from "./fleet/model.ts";
import { constantsTable, dollarsOf, fleetText } from "./fleet/tables.ts";
import { refuse } from "./refuse.ts";
import { aligned } from "./table.ts";

const HELP = `npm run simulate -- --clients N [--members N] [--per-minute N] [--bytes N] [--engine NAME] [--placed HOW]
                    [--processes N] [--busy SHARE] [--mib N] [--connections N] [--core-hour $] [--gib-hour $] [--json]
npm run simulate -- --check [--json]
npm run simulate -- --measure [--json]
npm run simulate -- --constants

What a fleet of Node processes takes that carries so many clients in rooms: from measured costs, and nothing else.

  --clients N      how many are connected, at most 100 million
  --members N      of each room; default 50
  --per-minute N   messages that each client says in a minute, which its room hears; default 1
  --bytes N        of a message; default 100
  --engine NAME    ${ENGINES.join(", ")}; default redis
  --placed HOW     "anywhere", as load balancers do (default), or "by room": a room's clients come to one process
  --processes N    that many, whatever they are asked to carry; default: as few as can
  --busy SHARE     of a core, and of an engine's cores, that are to be used at most; default ${BOUNDS.busy}
  --mib N          memory of a process at most; default ${BOUNDS.mib}
  --connections N  of a process at most; default ${BOUNDS.connections}
  --core-hour $    what an hour of a core costs; default 0.04
  --gib-hour $     what an hour of a GiB of memory costs; default 0.005
  --check          measures fleets of two sizes on this machine, and compares; ends with 1 where CPU or memory is off by over 25 %
  --measure        measures what a host costs on this machine, and keeps it in bench/fleet.json; engines: npm run bench:engines -- --write
  --constants      tells what is known, and by which command
  --json           prints data

Ends with 1 where no fleet carries it, with 2 where an option makes no sense.`;

function read() {
  try {
    return parseArgs({
      options: {
        clients: { type: "string" },
        members: { type: "string", default: "50" },
        "per-minute": { type: "string", default: "1" },
        bytes: { type: "string", default: "100" },
        engine: { type: "string", default: "redis" },
        placed: { type: "string", default: "anywhere" },
        processes: { type: "string" },
        busy: { type: "string", default: `${BOUNDS.busy}` },
        mib: { type: "string", default: `${BOUNDS.mib}` },
        connections: { type: "string", default: `${BOUNDS.connections}` },
        "core-hour": { type: "string", default: "0.04" },
        "gib-hour": { type: "string", default: "0.005" },
        check: { type: "boolean", default: false },
        measure: { type: "boolean", default: false },
        constants: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

type Values = ReturnType<typeof read>;

function numberOf(values: Values, name: keyof Values, least: number, most: number, whole = true): number {
  const value = Number(values[name]);
  const isRight = value >= least && value <= most && (!whole || Number.isInteger(value));
  return isRight ? value : refuse(`--${name} is ${whole ? "a whole number " : ""}from ${least} to ${most}`);
}

function workloadOf(values: Values): Workload {
  if (values.clients === undefined) refuse("--clients says how many are connected; --help has the rest");
  const { engine, placed } = values;
  if (!ENGINES.includes(engine as EngineName)) refuse(`--engine is one of ${ENGINES.join(", ")}, not ${engine}`);
  if (placed !== "anywhere" && placed !== "by room") refuse(`--placed is "anywhere" or "by room", not ${placed}`);
  const clients = numberOf(values, "clients", 1, 1e8);
  return {
    clients,
    members: Math.min(clients, numberOf(values, "members", 1, 1e8)),
    perMinute: numberOf(values, "per-minute", 0, 1e6, false),
    bytes: numberOf(values, "bytes", 0, 1 << 24),
    engine: engine as EngineName,
    placed: placed as Workload["placed"],
    processes: values.processes === undefined ? undefined : numberOf(values, "processes", 1, 1e6),
  };
}

function tell(values: Values): void {
  const workload = workloadOf(values);
  const bounds = {
    busy: numberOf(values, "busy", 0.01, 1, false),
    mib: numberOf(values, "mib", 100, 1e6),
    connections: numberOf(values, "connections", 1, 1e6),
  };
  const prices = {
    coreHour: numberOf(values, "core-hour", 0, 1000, false),
    gibHour: numberOf(values, "gib-hour", 0, 1000, false),
  };
  const fleet = simulate(workload, bounds, readConstants());
  if (typeof fleet === "string") {
    console.error(fleet);
    process.exitCode = 1;
    return;
  }
  const dollars = dollarsOf(fleet, bounds, prices);
  console.log(values.json ? JSON.stringify({ workload, bounds, fleet, dollars }, null, 2) : fleetText(fleet, dollars));
}

/** Fleets that fit on two cores, with the clients that speak to them. */
const CHECKED = [
  { hosts: 2, load: { clients: 400, members: 10, perSecond: 300 } },
  { hosts: 3, load: { clients: 3000, members: 20, perSecond: 600 } },
] as const;

async function check(constants: Constants, json: boolean): Promise<boolean> {
  const lines: { size: string; what: string; simulated: number; measured: number; off: number }[] = [];
  for (const { hosts, load } of CHECKED) {
    const { clients, members, perSecond } = load;
    const perMinute = (perSecond / clients) * 60;
    const workload: Workload = { clients, members, perMinute, bytes: 100, engine: "redis", placed: "anywhere" };
    const fleet = carried(workload, hosts, constants);
    const seen = await measureFleet("redis", hosts, load, 4);
    const size = `${clients} clients, ${hosts} hosts`;
    for (const [what, simulated, measured] of compared(fleet, seen))
      lines.push({ size, what, simulated, measured, off: simulated / measured - 1 });
  }
  const cells = lines.map(({ size, what, simulated, measured, off }) => [
    size,
    what,
    simulated.toPrecision(3),
    measured.toPrecision(3),
    `${off > 0 ? "+" : ""}${(off * 100).toFixed(0)} %`,
  ]);
  console.log(json ? JSON.stringify(lines, null, 2) : aligned(["fleet", "", "simulated", "measured", "off by"], cells));
  return lines.every(({ off }) => Math.abs(off) <= 0.25);
}

function compared(fleet: Fleet, seen: FleetSeen): readonly (readonly [string, number, number])[] {
  return [
    ["cores, hosts", fleet.process.cores * fleet.processes, seen.hostCores],
    ["cores, engine", fleet.engine.cores, seen.engineCores],
    ["MiB, hosts", fleet.gib * 1024, seen.hostMib],
  ];
}

async function measure(json: boolean): Promise<void> {
  const host = await measureHost(3);
  const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(3)) : value);
  writeFileSync(HOST_FILE, `${JSON.stringify(host, rounded, 2)}\n`);
  console.log(json ? readFileSync(HOST_FILE, "utf8") : constantsTable(readConstants()));
}

const values = read();
if (values.help) console.log(HELP);
else if (values.constants) console.log(constantsTable(readConstants()));
else if (values.measure) await measure(values.json);
else if (values.check) process.exitCode = (await check(readConstants(), values.json)) ? 0 : 1;
else tell(values);
process.exit();
