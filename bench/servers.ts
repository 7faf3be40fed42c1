import { dirname, join } from "node:path";
import { findProgram, type Program } from "../src/cli/find-program.ts";
import { type ServerProcess, startServer } from "./process.ts";

/** Every server that is measured, by the file that it is and the words that it is always told. */
const FILES = {
  onesocket: ["node", "onesocket-node.ts"],
  "onesocket-app": ["node", "onesocket-app.ts"],
  "onesocket-workers": ["node", "onesocket-workers.ts"],
  "onesocket-apart": ["node", "onesocket-workers.ts", "apart"],
  "onesocket-view": ["node", "onesocket-node.ts", "view"],
  "onesocket-counted": ["node", "onesocket-otel.ts", "counted"],
  "onesocket-otel": ["node", "onesocket-otel.ts"],
  net: ["node", "net.ts"],
  http: ["node", "http.ts"],
  ws: ["node", "ws.ts"],
  "ws-strings": ["node", "ws.ts", "strings"],
  crossws: ["node", "crossws.ts"],
  bare: ["node", "bare.ts"],
  "onesocket-calls": ["node", "onesocket-calls.ts"],
  trpc: ["node", "trpc.ts"],
  "socket.io": ["node", "socket-io.ts"],
  "onesocket-bun": ["bun", "onesocket-bun.ts"],
  "onesocket-bun-view": ["bun", "onesocket-bun.ts", "view"],
  bun: ["bun", "bun.ts"],
  "onesocket-deno": ["deno", "onesocket-deno.ts"],
  "onesocket-deno-view": ["deno", "onesocket-deno.ts", "view"],
  deno: ["deno", "deno.ts"],
  "onesocket-durable": ["node", "durable.ts"],
  durable: ["node", "durable.ts", "native"],
} as const;

/** This checkout. */
export const ROOT: string = dirname(import.meta.dirname);

type KnownServer = keyof typeof FILES;

/** One of them, or the same of another checkout. */
export type ServerName = KnownServer | `${KnownServer}, before`;

/** The same server of another checkout. */
export function before(name: ServerName): ServerName {
  return `${known(name)}, before`;
}

function known(name: ServerName): KnownServer {
  return name.replace(/, before$/, "") as KnownServer;
}

const FROM_SOURCES = ["--conditions=onesocket-source"];

function commandFor(runtime: "node" | Program, built: boolean): readonly [string, ...string[]] {
  const conditions = built ? [] : FROM_SOURCES;
  if (runtime === "node") return [process.execPath, "--expose-gc", ...conditions];
  const program = findProgram(runtime, import.meta.filename);
  if (!program) throw new Error(`${runtime} is not installed`);
  return runtime === "bun" ? [program, ...conditions] : [program, "run", ...conditions, "--allow-all", "--no-check"];
}

/** Whether Node runs it: V8's flags work, and the process that listens is the one that is started. */
export function isOfNode(name: ServerName): boolean {
  return FILES[known(name)][0] === "node" && !known(name).endsWith("durable");
}

/** How a server is started. */
interface Starting {
  /** Flags for its runtime. */
  readonly more?: readonly string[];
  /** The other checkout, for those of {@link before}. */
  readonly against?: string | undefined;
  /** Of ours: what `npm run build` made. Default: the sources. */
  readonly built?: boolean;
}

/** Starts a server in a process of its own, on a free port of 127.0.0.1. */
export function start(
  name: ServerName,
  words: readonly string[],
  { more = [], against = ROOT, built = false }: Starting = {},
): Promise<ServerProcess> {
  const [runtime, file, ...own] = FILES[known(name)];
  const [command, ...flags] = commandFor(runtime, built);
  const root = name === known(name) ? ROOT : against;
  return startServer(command, [...flags, ...more, join(root, "bench/servers", file), ...own, ...words]);
}
