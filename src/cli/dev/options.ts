import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Complaint, reason } from "../complaint.ts";

/** Where `onesocket dev` can serve a module. */
export const RUNTIMES = ["node", "bun", "deno", "workers", "durable"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** What `onesocket dev` was asked to do; also what its runner is told, as JSON. */
export interface DevOptions {
  /** The module's absolute path. */
  readonly module: string;
  /** The module as it was named on the command line, for messages. */
  readonly name: string;
  readonly on: Runtime;
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Whether it serves the module anew when a file of it changes. */
  readonly watch: boolean;
}

export const DEV_USAGE = `Usage: onesocket dev <module> [options]

Serves a module whose default export is a definition (defineSocket) or an app with
a fetch method, and prints one line on stdout when it accepts connections:

  ready ws://127.0.0.1:8787 (node)

When a file that the module is made of changes, the sockets are closed with 1012, the
new module is served at the same address, and a line says so:

  reloaded ws://127.0.0.1:8787 (node)

A change that can't be served is told on stderr, and what ran before runs on.

Hooks see the process's environment variables as env, and on workers and durable
the bindings. Ends with 0 on SIGTERM or SIGINT, after closing the sockets with 1001.

Options:
  --on <runtime>  node (the default), bun, deno, workers (rooms in the isolate), or
                  durable (each room a Durable Object). The last two need wrangler,
                  and bundle as it does, with Node's modules (nodejs_compat).
                  Export the definitions that an app's routes use: durable needs them.
  --port <n>      default 8787; 0 for any free one
  --host <host>   default 127.0.0.1
  --no-watch      serve the module as it is, whatever changes
  --help
`;

const OPTIONS = {
  on: { type: "string", default: "node" },
  port: { type: "string", default: "8787" },
  host: { type: "string", default: "127.0.0.1" },
  "no-watch": { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the arguments; undefined when they ask for help. Throws a Complaint for those that make no sense. */
export function devOptions(args: readonly string[]): DevOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw misused("dev takes one module");
  const module = resolve(name);
  if (!statSync(module, { throwIfNoEntry: false })?.isFile()) throw new Complaint(`there is no module ${name}`);
  return {
    module,
    name,
    on: runtime(values.on),
    port: port(values.port),
    host: values.host,
    watch: !values["no-watch"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Node's message goes on with advice about positional arguments.
    throw misused(reason(error).split(/\. |\n/)[0]!);
  }
}

function runtime(text: string): Runtime {
  const known = RUNTIMES.find((name) => name === text);
  if (!known) throw misused(`--on ${text} is none of ${RUNTIMES.join(", ")}`);
  return known;
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw misused(`--port ${text} is no number from 0 to 65535`);
  return Number(text);
}

function misused(sentence: string): Complaint {
  return new Complaint(`${sentence}: see onesocket dev --help`);
}
