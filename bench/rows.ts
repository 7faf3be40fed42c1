import { type ConnectionsLoad, handshakes, memory } from "./loads/connections.ts";
import { type EchoLoad, echo } from "./loads/echo.ts";
import { type FanOutLoad, fanOut } from "./loads/fan-out.ts";
import type { Amount, Measurement } from "./loads/measurement.ts";
import type { ServerProcess } from "./process.ts";
import type { ServerName } from "./servers.ts";

/** What a row's figure is: something per CPU second of the server, milliseconds by the clock, or bytes for each. */
export type Figure = "per CPU second" | "ms" | "bytes";

/** One load, and the servers that it is put on. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly figure: Figure;
  readonly servers: readonly ServerName[];
  /** What the servers are told. */
  readonly words?: readonly string[];
  /** Each measurement needs a server that has done nothing yet. */
  readonly fresh?: boolean;
  measure(server: ServerProcess, amount: Amount): Promise<Measurement>;
}

/** What ours should reach: its ratio to another server's figure in the same row. */
export interface Goal {
  readonly row: string;
  readonly ours: ServerName;
  readonly other: ServerName;
  readonly least?: number;
  readonly most?: number;
}

const NODE: readonly ServerName[] = ["onesocket", "net", "ws", "crossws"];

function echoRow(name: string, title: string, servers: readonly ServerName[], load: Partial<EchoLoad>): Row {
  const all: EchoLoad = { connections: 50, depth: 1, size: 64, kind: "binary", ...load };
  const words = load.deflate ? ["deflate"] : [];
  return {
    name,
    title,
    figure: "per CPU second",
    servers,
    words,
    measure: (server, amount) => echo(server, all, amount),
  };
}

function fanOutRow(name: string, title: string, servers: readonly ServerName[], inFlight: number): Row {
  const load: FanOutLoad = { connections: 1000, inFlight, size: 128 };
  const measure = (server: ServerProcess, amount: Amount) => fanOut(server, load, amount);
  return { name, title, figure: "per CPU second", servers, words: ["fan-out"], measure };
}

function memoryRow(name: string, title: string, servers: readonly ServerName[], deflate: boolean): Row {
  const load: ConnectionsLoad = { connections: 8000, atATime: 50, deflate };
  const measure = (server: ServerProcess, amount: Amount) => memory(server, load, amount);
  return { name, title, figure: "bytes", servers, words: deflate ? ["deflate"] : [], fresh: true, measure };
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
  fanOutRow("fan-out-1", "one to 1000, 128 B, 1 in flight", ["onesocket", "ws", "crossws"], 1),
  fanOutRow("fan-out-16", "one to 1000, 128 B, 16 in flight", ["onesocket", "ws", "crossws"], 16),
  {
    name: "handshakes",
    title: "handshakes, 64 at a time",
    figure: "per CPU second",
    servers: NODE,
    measure: (server, amount) => handshakes(server, { connections: 6000, atATime: 64 }, amount),
  },
  {
    name: "storm",
    title: "500 connections at once, until all are open",
    figure: "ms",
    servers: NODE,
    measure: (server, amount) => handshakes(server, { connections: 500, atATime: 500 }, { ...amount, divisor: 1 }),
  },
  memoryRow("memory", "memory of an idle connection, of 8000", NODE, false),
  memoryRow("memory-deflate", "the same, compression agreed", ["onesocket", "ws", "crossws"], true),
  echoRow("bun-64-1", "Bun: 64 B, 1 in flight", ["onesocket-bun", "bun"], {}),
  echoRow("bun-64-16", "Bun: 64 B, 16 in flight", ["onesocket-bun", "bun"], { depth: 16 }),
  fanOutRow("bun-fan-out-16", "Bun: one to 1000, 128 B, 16 in flight", ["onesocket-bun", "bun"], 16),
  echoRow("deno-64-1", "Deno: 64 B, 1 in flight", ["onesocket-deno", "deno"], {}),
  echoRow("deno-64-16", "Deno: 64 B, 16 in flight", ["onesocket-deno", "deno"], { depth: 16 }),
  echoRow("durable-64-1", "Durable Object: 64 B, 1 in flight", ["onesocket-durable", "durable"], {}),
  echoRow("durable-64-16", "Durable Object: 64 B, 16 in flight", ["onesocket-durable", "durable"], { depth: 16 }),
];

function goal(row: string, least: number, other: ServerName = "ws", ours: ServerName = "onesocket"): Goal {
  return { row, ours, other, least };
}

export const GOALS: readonly Goal[] = [
  goal("echo-64-1", 1, "net"),
  goal("echo-64-16", 10),
  goal("text-1k-16", 5),
  goal("echo-16k-1", 1.4),
  goal("echo-1m-4", 1.5),
  goal("deflate-1k-1", 1.5),
  goal("fan-out-1", 1.5),
  goal("fan-out-16", 15),
  goal("handshakes", 1.3),
  { row: "memory", ours: "onesocket", other: "ws", most: 0.6 },
  goal("echo-64-1", 0.9, "bare"),
  goal("echo-64-16", 0.9, "bare"),
  goal("text-1k-16", 0.9, "bare"),
  goal("bun-64-1", 0.97, "bun", "onesocket-bun"),
  goal("bun-64-16", 0.97, "bun", "onesocket-bun"),
  goal("bun-fan-out-16", 0.97, "bun", "onesocket-bun"),
  goal("deno-64-1", 0.97, "deno", "onesocket-deno"),
  goal("deno-64-16", 0.97, "deno", "onesocket-deno"),
  goal("durable-64-1", 0.97, "durable", "onesocket-durable"),
  goal("durable-64-16", 0.97, "durable", "onesocket-durable"),
];
