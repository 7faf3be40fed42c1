/**
 * What each entry costs a bundle, beside crossws: bundled and minified by esbuild with the same settings, then gzip.
 * `--parts` adds the minified bytes of each file; `--json` prints data instead of a table.
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Entry, and the adapter of crossws that does its work. */
const ENTRIES = {
  onesocket: undefined,
  "onesocket/node": "node",
  "onesocket/node/handler": undefined,
  "onesocket/bun": "bun",
  "onesocket/deno": "deno",
  "onesocket/cloudflare": "cloudflare",
  "onesocket/deflate": undefined,
  "onesocket/hono": undefined,
  "onesocket/client": undefined,
} as const;

/** What the goal was set by: crossws 0.4.17, measured once, in bytes of gzip. */
const GOALS = { node: 18_045, bun: 3_136, deno: 3_063, cloudflare: 4_032 } as const;

/** What an entry without a rival may cost, in bytes of gzip; more is a failure. */
const BOUNDS: Readonly<Record<string, number>> = { "onesocket/client": 5_120 };

interface Size {
  readonly minified: number;
  readonly gzip: number;
  /** File to minified bytes, largest first. */
  readonly parts: Readonly<Record<string, number>>;
}

interface Row extends Size {
  readonly entry: string;
  /** crossws for the same runtime, bundled now with the same settings. */
  readonly crossws: number | null;
  readonly goal: number | null;
}

async function measure(specifier: string, names = "*"): Promise<Size> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from "${specifier}";`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    conditions: ["onesocket-source", "workerd", "worker"],
    external: ["cloudflare:*", "node:*", "hono", "hono/*", "@hono/node-server"],
  });
  const { contents } = outputFiles[0]!;
  const inputs = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  const parts = inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const);
  return {
    minified: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    parts: Object.fromEntries(parts.filter(([, bytes]) => bytes > 0).sort(([, a], [, b]) => b - a)),
  };
}

async function row([entry, rival]: [string, keyof typeof GOALS | undefined]): Promise<Row> {
  const size = await measure(entry);
  if (rival === undefined) return { entry, ...size, crossws: null, goal: BOUNDS[entry] ?? null };
  const { gzip: crossws } = await measure(`crossws/adapters/${rival}`, "{ default }");
  return { entry, ...size, crossws, goal: GOALS[rival] };
}

function difference(bytes: number, other: number | null): string {
  if (other === null) return "";
  const percent = Math.round((bytes / other - 1) * 100);
  return `${bytes > other ? "over" : "under"} by ${Math.abs(bytes - other)} B (${percent > 0 ? "+" : ""}${percent}%)`;
}

function print(rows: readonly Row[], withParts: boolean): void {
  console.table(
    Object.fromEntries(
      rows.map(({ entry, minified, gzip, crossws, goal }) => [
        entry,
        {
          minified,
          gzip,
          crossws: crossws ?? "",
          goal: goal ?? "",
          "against it": difference(gzip, crossws ?? goal),
        },
      ]),
    ),
  );
  if (withParts) for (const { entry, parts } of rows) console.log(`\n${entry}`, parts);
}

const rows = await Promise.all(Object.entries(ENTRIES).map(row));
if (process.argv.includes("--json")) console.log(JSON.stringify(rows, null, 2));
else print(rows, process.argv.includes("--parts"));
process.exitCode = rows.some(({ entry, gzip }) => gzip > (BOUNDS[entry] ?? Infinity)) ? 1 : 0;
