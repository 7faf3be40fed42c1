import { type CallLoad, calls, type Dialect, JSON_RPC, SOCKET_IO, TRPC } from "./loads/calls.ts";
import { type ConnectionsLoad, handshakes, memory, openAndClose, THERE_BEFORE } from "./loads/connections.ts";
import { type EchoLoad, echo } from "./loads/echo.ts";
import { type FanOutLoad, fanOut } from "./loads/fan-out.ts";
import type { Amount, Measurement } from "./loads/measurement.ts";
import { type PacedLoad, paced } from "./loads/paced.ts";
import { wake } from "./loads/wake.ts";
import type { ServerProcess } from "./process.ts";
import type { ServerName } from "./servers.ts";

/**
 * What a row's figure is: something per CPU second of the server, milliseconds by the clock or of the server's CPU time, how long half of
 * the messages took at most, or bytes for each.
 */
export type Figure = "per CPU second" | "ms" | "CPU ms" | "p50" | "bytes";

/** One load, and the servers that it is put on. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly figure: Figure;
  readonly servers: readonly ServerName[];
  /** What the servers are told. */
  readonly words?: readonly string[];
  /** Flags for its servers' runtime, which is Node then. */
  readonly flags?: readonly string[];
  /** Each measurement needs a server that has done nothing yet. */
  readonly fresh?: boolean;
  /** Repeated so often at most, since each measurement takes long. */
  readonly repeats?: number;
  /** Repeated so many times as often as other rows, each time by servers that are started anew: a turn is short, and one collection of garbage a tenth of it. */
  readonly times?: number;
  /** Has a server that was just started do what it does in this row, until all is compiled that will be. Default: a short measurement. */
  warm?(server: ServerProcess, divisor: number): Promise<void>;
  /** Measured at half of the messages per second that the slowest of these does when it waits for each echo. */
  readonly halfOf?: readonly ServerName[];
  /** How many connections are open at a time. */
  readonly connections: number;
  measure(server: ServerProcess, amount: Amount, which: ServerName): Promise<Measurement>;
}

/** What ours should reach: its ratio to another server's figure in the same row. */
export interface Goal {
  readonly row: string;
  readonly ours: ServerName;
  readonly other: ServerName;
  readonly least?: number;
  readonly most?: number;
  /** How many KiB more ours is, instead of how many times as much. */
  readonly is?: "KiB over";
}

const NODE: readonly ServerName[] = ["onesocket", "net", "ws", "crossws"];

const DURABLE: readonly ServerName[] = ["onesocket-durable", "durable"];

/** Where Bun and servers in other languages are compared in public: https://github.com/MDA2AV/HttpArena. */
const ARENA: readonly ServerName[] = ["onesocket", "net", "ws", "onesocket-bun", "bun"];
const ARENA_LOAD: Partial<EchoLoad> = { connections: 512, size: 5, kind: "text" };

/** Ours, asked for nothing; for what went both ways, which counts; and for all that telemetry wants, hooks included. */
const OBSERVED: readonly ServerName[] = ["onesocket", "onesocket-counted", "onesocket-otel"];

const PACKED: Partial<FanOutLoad> = { size: 1024, kind: "json", deflate: true };

/** What half of the load is half of: one message in flight on each of 50 connections. */
export const FULL_LOAD: EchoLoad = { connections: 50, depth: 1, size: 64, kind: "binary" };

function echoRow(name: string, title: string, servers: readonly ServerName[], load: Partial<EchoLoad>): Row {
  const all: EchoLoad = { ...FULL_LOAD, ...load };
  const words = load.deflate ? ["deflate"] : [];
  return {
    name,
    title,
    figure: "per CPU second",
    servers,
    words,
    connections: all.connections,
    measure: (server, amount) => echo(server, all, amount),
  };
}

/** What is called by which words. */
const DIALECTS: Partial<Record<ServerName, Dialect>> = {
  "onesocket-calls": JSON_RPC,
  trpc: TRPC,
  "socket.io": SOCKET_IO,
};

function callRow(name: string, title: string): Row {
  const load: CallLoad = { connections: 50, depth: 16, size: 64 };
  const measure = (server: ServerProcess, amount: Amount, which: ServerName) =>
    calls(server, DIALECTS[which] ?? JSON_RPC, load, amount);
  const servers = Object.keys(DIALECTS) as ServerName[];
  return { name, title, figure: "per CPU second", servers, connections: load.connections, measure };
}

function fanOutRow(name: string, title: string, servers: readonly ServerName[], more: Partial<FanOutLoad>): Row {
  const load: FanOutLoad = { connections: 1000, inFlight: 1, size: 128, kind: "binary", ...more };
  const measure = (server: ServerProcess, amount: Amount, which: ServerName) =>
    fanOut(server, which === "onesocket-apart" ? { ...load, rooms: 2 } : load, amount);
  const { connections, deflate } = load;
  const words = deflate ? ["fan-out", "deflate"] : ["fan-out"];
  return { name, title, figure: "per CPU second", servers, words, connections, measure };
}

/** Percentiles want more messages than a rate does: twice as long as the others. */
function latencyRow(name: string, title: string, servers: readonly ServerName[], halfOf: readonly ServerName[]): Row {
  const { connections } = FULL_LOAD;
  const measure = (server: ServerProcess, { seconds, rate = 20_000 }: Amount) =>
    paced(server, { rooms: connections, members: 1, rate }, { seconds: 2 * seconds, divisor: 1 });
  return { name, title, figure: "p50", servers, halfOf, connections, measure };
}

/** Long enough for each of 10,000 connections to say something more than once. */
function pacedRow(name: string, title: string, servers: readonly ServerName[], load: PacedLoad): Row {
  const measure = (server: ServerProcess, amount: Amount) =>
    paced(server, load, { ...amount, seconds: 3 * amount.seconds });
  const words = load.members > 1 ? ["rooms"] : [];
  const connections = load.rooms * load.members;
  return { name, title, figure: "per CPU second", servers, words, repeats: 3, connections, measure };
}

/**
 * V8's young generation grows with traffic, to three times 16 MB at most however many connections there are: over 7000, that would count as 2.5 KiB
 * for each.
 */
const YOUNG_GENERATION = ["--min-semi-space-size=2", "--max-semi-space-size=2"];

function memoryRow(name: string, title: string, servers: readonly ServerName[], deflate: boolean): Row {
  const load: ConnectionsLoad = { connections: 7000, atATime: 50, deflate };
  const measure = (server: ServerProcess, amount: Amount) => memory(server, load, amount);
  const connections = load.connections + THERE_BEFORE;
  return {
    name,
    title,
    figure: "bytes",
    servers,
    words: deflate ? ["deflate"] : [],
    fresh: true,
    flags: YOUNG_GENERATION,
    connections,
    measure,
  };
}

/**
 * How many handshakes a server has had before it is measured. What is called once for each is compiled by the last of V8's compilers (Node 24) after
 * ten thousand: 45 functions at once, which take as much CPU time as 3000 handshakes. A server that lives for days has that behind it.
 */
const WARM_HANDSHAKES = 20_000;

function warm(server: ServerProcess, divisor: number): Promise<void> {
  return openAndClose(server, WARM_HANDSHAKES / divisor, { connections: 5000, atATime: 64 });
}

function handshakesRow(name: string, title: string, servers: readonly ServerName[]): Row {
  const load: ConnectionsLoad = { connections: 6000, atATime: 64 };
  return {
    name,
    title,
    figure: "per CPU second",
    servers,
    times: 3,
    connections: load.connections,
    warm,
    measure: (server, amount) => handshakes(server, load, amount),
  };
}

export const ROWS: readonly Row[] = [
  echoRow("echo-64-1", "64 B, 1 in flight", [...NODE, "bare"], {}),
  echoRow("echo-64-16", "64 B, 16 in flight", [...NODE, "bare"], { depth: 16 }),
  echoRow("text-1k-16", "1 KiB of ASCII text, 16 in flight", [...NODE, "ws-strings", "bare"], {
    depth: 16,
    size: 1024,
    kind: "text",
  }),
  echoRow("wide-1k-16", "1 KiB of text beyond Latin-1, 16 in flight", ["onesocket", "ws", "ws-strings"], {
    depth: 16,
    size: 1024,
    kind: "wide",
  }),
  echoRow("echo-16k-1", "16 KiB, 1 in flight", NODE, { size: 16_384 }),
  echoRow("echo-1m-4", "1 MiB, 4 in flight, 10 connections", NODE, { connections: 10, depth: 4, size: 1 << 20 }),
  echoRow("deflate-1k-1", "1 KiB of JSON, compressed both ways, 1 in flight", ["onesocket", "ws", "crossws"], {
    size: 1024,
    kind: "json",
    deflate: true,
  }),
  callRow("calls-16", "a method called with 64 B, checked by zod and answered, 16 in flight"),
  echoRow("view-64-1", "64 B, 1 in flight, by the view that libraries take", ["onesocket-view", "onesocket"], {}),
  echoRow("view-64-16", "the same, 16 in flight", ["onesocket-view", "onesocket"], { depth: 16 }),
  echoRow("observed-64-1", "64 B, 1 in flight, counted or told to OpenTelemetry", OBSERVED, {}),
  echoRow("observed-64-16", "the same, 16 in flight", OBSERVED, { depth: 16 }),
  fanOutRow("fan-out-1", "one to 1000, 128 B, 1 in flight", ["onesocket", "ws", "crossws"], {}),
  fanOutRow("fan-out-16", "one to 1000, 128 B, 16 in flight", ["onesocket", "ws", "crossws"], { inFlight: 16 }),
  fanOutRow("fan-out-of-16", "16 of 1000 to all of them, 128 B, 1 in flight each", ["onesocket", "ws", "crossws"], {
    inFlight: 16,
    speakers: 16,
  }),
  fanOutRow("deflate-fan-out-1", "one to 1000, 1 KiB of JSON, compressed, 1 in flight", ["onesocket", "ws"], PACKED),
  fanOutRow("deflate-fan-out-16", "the same, 16 in flight", ["onesocket", "ws"], { ...PACKED, inFlight: 16 }),
  echoRow("arena-1", "512 connections, 5 B of text, 1 in flight: echo-ws of HttpArena", ARENA, ARENA_LOAD),
  echoRow("arena-16", "the same, 16 in flight: its echo-ws-pipeline", ARENA, { ...ARENA_LOAD, depth: 16 }),
  latencyRow("latency-64", "64 B at half of ws' full rate: p50 of the latency", ["onesocket", "net", "ws"], ["ws"]),
  pacedRow("steady-50", "64 B, 10,000 a second over 50 connections", ["onesocket", "net", "ws"], {
    rooms: 50,
    members: 1,
    rate: 10_000,
  }),
  pacedRow("steady-10k", "the same over 10,000 connections, one a second on each", ["onesocket", "net", "ws"], {
    rooms: 10_000,
    members: 1,
    rate: 10_000,
  }),
  pacedRow("rooms-1", "64 B, 2000 a second in one room of 10", ["onesocket", "ws"], {
    rooms: 1,
    members: 10,
    rate: 2000,
  }),
  pacedRow("rooms-1000", "the same over 1000 rooms of 10", ["onesocket", "ws"], {
    rooms: 1000,
    members: 10,
    rate: 2000,
  }),
  handshakesRow("handshakes", "handshakes, 64 at a time", NODE),
  handshakesRow("handshakes-app", "the same, by a route of a Hono app", ["onesocket-app", "ws"]),
  {
    name: "storm",
    title: "500 connections at once, until all are open",
    figure: "ms",
    servers: NODE,
    connections: 500,
    warm,
    measure: (server, amount) => handshakes(server, { connections: 500, atATime: 500 }, { ...amount, divisor: 1 }),
  },
  fanOutRow(
    "workers-fan-out-1",
    "two workers: one to 1000, 128 B, 1 in flight",
    ["onesocket-workers", "onesocket-apart", "onesocket"],
    {},
  ),
  pacedRow(
    "workers-rooms",
    "two workers: 64 B, 2000 a second over 20 rooms of 100",
    ["onesocket-workers", "onesocket"],
    { rooms: 20, members: 100, rate: 2000 },
  ),
  memoryRow(
    "memory",
    "memory of an idle connection, of 7000 beside 2000",
    ["onesocket", "net", "http", "ws", "crossws"],
    false,
  ),
  memoryRow("memory-deflate", "the same, compression agreed", ["onesocket", "ws", "crossws"], true),
  echoRow("bun-64-1", "Bun: 64 B, 1 in flight", ["onesocket-bun", "bun"], {}),
  echoRow("bun-64-16", "Bun: 64 B, 16 in flight", ["onesocket-bun", "bun"], { depth: 16 }),
  echoRow("bun-view-64-16", "Bun: the same, by the view", ["onesocket-bun-view", "onesocket-bun"], { depth: 16 }),
  latencyRow(
    "bun-latency-64",
    "Bun: 64 B at half of the slower one's full rate",
    ["onesocket-bun", "bun"],
    ["onesocket-bun", "bun"],
  ),
  fanOutRow("bun-fan-out-16", "Bun: one to 1000, 128 B, 16 in flight", ["onesocket-bun", "bun"], {
    inFlight: 16,
  }),
  echoRow("deno-64-1", "Deno: 64 B, 1 in flight", ["onesocket-deno", "deno"], {}),
  echoRow("deno-64-16", "Deno: 64 B, 16 in flight", ["onesocket-deno", "deno"], { depth: 16 }),
  echoRow("deno-view-64-16", "Deno: the same, by the view", ["onesocket-deno-view", "onesocket-deno"], { depth: 16 }),
  echoRow("durable-64-1", "Durable Object: 64 B, 1 in flight", DURABLE, {}),
  echoRow("durable-64-16", "Durable Object: 64 B, 16 in flight", DURABLE, { depth: 16 }),
  {
    ...fanOutRow("durable-fan-out", "Durable Object: one to 1000, 128 B, 1 in flight", DURABLE, {}),
    repeats: 2,
  },
  {
    name: "durable-wake",
    title: "Durable Object: the first message after sleep, with 1000 sockets",
    figure: "CPU ms",
    servers: DURABLE,
    repeats: 2,
    connections: 1000,
    measure: (server, amount) => wake(server, 1000, amount),
  },
];

function goal(row: string, least: number, other: ServerName = "ws", ours: ServerName = "onesocket"): Goal {
  return { row, ours, other, least };
}

export const GOALS: readonly Goal[] = [
  goal("echo-64-1", 1, "net"),
  goal("echo-64-16", 11),
  goal("text-1k-16", 5),
  goal("echo-16k-1", 2),
  goal("echo-16k-1", 0.7, "net"),
  goal("echo-1m-4", 1.5),
  goal("deflate-1k-1", 1.5),
  goal("calls-16", 5, "trpc", "onesocket-calls"),
  goal("calls-16", 5, "socket.io", "onesocket-calls"),
  goal("view-64-1", 0.8, "onesocket", "onesocket-view"),
  goal("view-64-16", 0.8, "onesocket", "onesocket-view"),
  goal("bun-view-64-16", 0.8, "onesocket-bun", "onesocket-bun-view"),
  goal("deno-view-64-16", 0.8, "onesocket-deno", "onesocket-deno-view"),
  goal("fan-out-1", 1.5),
  goal("fan-out-16", 15),
  goal("deflate-fan-out-1", 20),
  goal("deflate-fan-out-16", 20),
  goal("handshakes", 1.4),
  goal("handshakes-app", 1.4, "ws", "onesocket-app"),
  { row: "memory", ours: "onesocket", other: "ws", most: 0.6 },
  { row: "memory", ours: "onesocket", other: "http", most: 0.5, is: "KiB over" },
  // Of two cores that have nothing else to do two workers then make 1.8 times as much as one makes of one.
  goal("workers-fan-out-1", 0.9, "onesocket", "onesocket-workers"),
  goal("workers-fan-out-1", 0.95, "onesocket-apart", "onesocket-workers"),
  goal("echo-64-1", 0.9, "bare"),
  goal("echo-64-16", 0.92, "bare"),
  goal("text-1k-16", 0.9, "bare"),
  goal("bun-64-1", 0.97, "bun", "onesocket-bun"),
  goal("bun-64-16", 0.97, "bun", "onesocket-bun"),
  goal("bun-fan-out-16", 0.97, "bun", "onesocket-bun"),
  goal("deno-64-1", 0.97, "deno", "onesocket-deno"),
  goal("deno-64-16", 0.97, "deno", "onesocket-deno"),
  goal("durable-64-1", 0.97, "durable", "onesocket-durable"),
  goal("durable-64-16", 0.97, "durable", "onesocket-durable"),
  goal("durable-fan-out", 0.97, "durable", "onesocket-durable"),
  { row: "durable-wake", ours: "onesocket-durable", other: "durable", most: 1.1 },
];

/** Whether a row has a goal so near to 1 that its servers differ by little. */
export function isClose(row: string): boolean {
  return GOALS.some(({ row: name, least, most }) => name === row && Math.abs((least ?? most ?? 0) - 1) <= 0.2);
}
