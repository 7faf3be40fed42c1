import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { refuse } from "./refuse.ts";
import { ROWS, type Row } from "./rows.ts";
import { before, isOfNode, ROOT } from "./servers.ts";

const HELP = `npm run bench -- [--rows a,b] [--quick] [--seconds N] [--repeats N] [--runs N] [--against DIR] [--sources]
                 [--json | --markdown]
npm run bench -- --profile ROW [--seconds N] [--json | --markdown]

  --rows a,b     only these rows
  --quick        short measurements of fewer connections: under two minutes for all, and less certain
  --seconds N    how long each measurement takes; default 0.5, at most 10
  --repeats N    how often each is repeated; default 5, at most 50. Where a goal is near 1, five times as often, for half of the time
  --runs N       how often all of it is done, one run after the other; default 1, at most 10. A goal must then be reached in each run
  --against DIR  our servers beside those of the checkout in this folder, too; of this one itself, that shows what two of the same differ by
  --sources      our servers from the sources. Default: as they are published, which is what \`npm run build\` makes
  --json         prints one JSON object at the end instead of a table
  --markdown     prints the table as Markdown
  --profile ROW  tells instead where our server's CPU time goes under this load; --seconds is 5 by default
  --help         prints this

Rows:
${ROWS.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`).join("\n")}`;

/** What `npm run bench` was told. */
export interface Options {
  readonly rows: readonly Row[];
  readonly seconds: number;
  readonly repeats: number;
  readonly runs: number;
  /** How often more each is repeated, for half of the time, where servers differ by little. */
  readonly closely: number;
  /** What counts of connections are divided by. */
  readonly divisor: number;
  /** Another checkout, whose servers take turns with ours. */
  readonly against: string | undefined;
  /** Ours are measured as they are published, and not from the sources. */
  readonly built: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
  /** Profiled, and nothing else done. */
  readonly profiled: Row | undefined;
}

/** Reads the arguments; ends the process when they ask for help or make no sense. */
export function options(): Options {
  const { values } = parseArgs({
    options: {
      rows: { type: "string" },
      profile: { type: "string" },
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      repeats: { type: "string" },
      runs: { type: "string", default: "1" },
      against: { type: "string" },
      sources: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const { quick, json, markdown } = values;
  const seconds = Number(values.seconds ?? (values.profile ? 5 : quick ? 0.15 : 0.5));
  const repeats = Number(values.repeats ?? (quick ? 2 : 5));
  const runs = Number(values.runs);
  const names = (values.profile ?? values.rows)?.split(",") ?? ROWS.map(({ name }) => name);
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) refuse(`there is no row ${unknown}; --help lists them`);
  if (!(seconds > 0 && seconds <= 10)) refuse("--seconds is over 0, and at most 10");
  if (!(Number.isInteger(repeats) && repeats >= 1 && repeats <= 50)) refuse("--repeats is 1 to 50");
  if (!(Number.isInteger(runs) && runs >= 1 && runs <= 10)) refuse("--runs is 1 to 10");
  const against = values.against === undefined ? undefined : resolve(values.against);
  if (against !== undefined && !existsSync(join(against, "bench/servers")))
    refuse(`${values.against} is no checkout of this project: it has no bench/servers`);
  // A profile's functions are told by their files.
  const built = !values.sources && values.profile === undefined;
  if (built) for (const root of [ROOT, against ?? ROOT]) checkBuilt(root);
  const chosen = ROWS.filter(({ name }) => names.includes(name));
  const rows = against === undefined ? chosen : chosen.map(withBefore);
  const divisor = quick ? 10 : 1;
  checkFiles(rows, divisor);
  const profiled = values.profile === undefined ? undefined : rows[0]!;
  if (profiled && !isOfNode(profiled.servers[0]!)) refuse("only what runs in Node can be profiled");
  const closely = quick ? 1 : 5;
  return { rows, seconds, repeats, runs, closely, divisor, against, built, json, markdown, profiled };
}

/** Ours of another checkout, right after ours of this one. */
function withBefore(row: Row): Row {
  const [ours, ...others] = row.servers;
  return { ...row, servers: [ours!, before(ours!), ...others] };
}

function checkBuilt(root: string): void {
  if (!existsSync(join(root, "dist/adapters/node/index.js")))
    refuse(`${root} is not built: npm run build there, or say --sources`);
}

/** Every connection is an open file, here and in the server. Node and Bun raise the soft limit by themselves, as far as the hard one. */
function checkFiles(rows: readonly Row[], divisor: number): void {
  const allowed = Number(
    /^Max open files +\d+ +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity,
  );
  const most = rows.reduce((a, b) => (b.connections > a.connections ? b : a));
  const needed = Math.ceil(most.connections / divisor) + 200;
  if (needed > allowed) refuse(`${most.name} needs ${needed} open files, and ulimit -Hn allows ${allowed}`);
}
