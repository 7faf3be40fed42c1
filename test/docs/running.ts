import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestHarness } from "wrangler";
import { freePort } from "../helpers/programs.ts";
import { ROOT } from "./pages.ts";
import type { Program } from "./programs.ts";

/** Inside the checkout, so that a program finds `onesocket` by the package's own name; ignored by git. */
export const HOME: string = join(ROOT, ".snippets");
const BIN = join(ROOT, "node_modules/.bin");
const SOURCE = "--conditions=onesocket-source";

Object.assign(process.env, {
  WRANGLER_BUILD_CONDITIONS: "onesocket-source,workerd,worker,browser",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  X_LOCAL_OBSERVABILITY: "false",
});

/** A program that runs. */
export interface Running {
  /** `http://…`, without a slash at the end. */
  readonly url: string;
  /** Tells it to leave, as a deploy does. */
  terminate(): void;
  stop(): Promise<void>;
}

/** Not the close code 3000. */
const PORT = /(port: |:|listen\()3000\b/g;

/** Writes a program's files. The port that the pages write, 3000, becomes the one given. */
export function writeProgram(program: Program, port = 3000, home = HOME): string {
  const folder = join(home, program.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of program.files) writeFileSync(join(folder, name), text.replace(PORT, `$1${port}`));
  return folder;
}

/** Starts a program with the command that the page gives, from the library's sources and on a free port. */
export async function startProgram(program: Program): Promise<Running> {
  if (program.runtime === "wrangler") return startWrangler(writeProgram(program));
  const port = await freePort();
  const folder = writeProgram(program, port);
  if (program.runtime === "vite") writeFileSync(join(folder, "run.ts"), VITE);
  return startChild(argumentsOf(program, port), folder, port);
}

/** Vite's server takes the library's sources by conditions of its own, and TypeScript for external where it is told so for each name. */
const VITE = `import config from "./vite.config.ts";
const resolve = { externalConditions: ["onesocket-source"] };
export default { ...config, ssr: { external: ["onesocket", "onesocket/hono"], resolve } };`;

/** Vitest takes the library's sources by its own conditions. */
const VITEST = `export default { resolve: { conditions: ["onesocket-source"] }, ssr: { resolve: { conditions: ["onesocket-source"] } } };`;

/** Runs a program that is a test. Rejects with what it printed when it fails. */
export async function runTest(program: Program): Promise<void> {
  await run(argumentsOf(program, 0), writeProgram(program));
}

/** Runs all that vitest runs, each in a folder of its own, and tells by name why a program fails: "" for those that pass. One run of it is most of what each would take. */
export async function runVitest(programs: readonly Program[]): Promise<ReadonlyMap<string, string>> {
  const home = join(HOME, "vitest");
  rmSync(home, { recursive: true, force: true });
  const files = new Map(programs.map((one) => [join(writeProgram(one, 3000, home), one.command.at(-1)!), one.name]));
  writeFileSync(join(home, "vitest.config.ts"), VITEST);
  const command = [
    join(BIN, "node"),
    join(BIN, "vitest"),
    "run",
    "--reporter=json",
    "--reporter=default",
    "--outputFile=report.json",
    ...files.keys(),
  ];
  // It ends with 1 when one of them fails.
  const { stdout, stderr } = await run(command, home).catch((error: { stdout: string; stderr: string }) => error);
  const report = readFileSync(join(home, "report.json"), "utf8");
  const { testResults } = JSON.parse(report) as { testResults: readonly Result[] };
  const results = new Map(testResults.map((result) => [files.get(result.name), result]));
  return new Map(programs.map(({ name }) => [name, hasFailed(results.get(name)) ? `${stdout}\n${stderr}` : ""]));
}

/** What vitest says of a file. */
interface Result {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

/** Whether a file was not run, has no test, or one that did not pass. */
function hasFailed(result: Result | undefined): boolean {
  const passed = ({ status }: { readonly status: string }) => status === "passed";
  return !result || !passed(result) || result.assertionResults.length === 0 || !result.assertionResults.every(passed);
}

/** Without the variables of the vitest that we are in. */
function run([command, ...args]: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const { PATH, HOME: home, NODE_COMPILE_CACHE } = process.env;
  return promisify(execFile)(command!, args, { cwd, env: { PATH: `${BIN}:${PATH}`, HOME: home, NODE_COMPILE_CACHE } });
}

function argumentsOf({ runtime, command }: Program, port: number): readonly string[] {
  const [, ...rest] = command;
  if (runtime === "onesocket") {
    const [, verb = "", ...more] = rest;
    return [join(BIN, "node"), SOURCE, join(ROOT, "src/cli/main.ts"), verb, ...more, "--port", String(port)];
  }
  // Vite 8.3 bundles its configuration by conditions of its own (2026-11): the native loader leaves the import to Node.
  if (runtime === "vite") {
    const listen = ["--port", String(port), "--host", "127.0.0.1"];
    return [join(BIN, "node"), SOURCE, join(BIN, "vite"), "--configLoader", "native", "--config", "run.ts", ...listen];
  }
  if (runtime !== "deno") return [join(BIN, runtime), SOURCE, ...rest];
  const [verb = "", ...more] = rest;
  const listen = verb === "serve" ? ["--port", String(port), "--host", "127.0.0.1"] : [];
  // Types are checked for all programs together.
  const unchecked = verb === "test" ? ["--no-check"] : [];
  return [join(BIN, runtime), verb, SOURCE, ...unchecked, ...listen, ...more];
}

/** Every runtime prints its URL once it listens. */
async function startChild([command, ...args]: readonly string[], cwd: string, port: number): Promise<Running> {
  // Without a terminal's colours, which would stand inside the URL.
  const env = {
    ...process.env,
    PATH: `${BIN}:${process.env.PATH}`,
    PORT: String(port),
    NO_COLOR: "1",
    FORCE_COLOR: "",
  };
  const child = spawn(command!, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (output.includes(`:${port}`)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`${args.join(" ")} ended with ${code}:\n${output}`)));
  });
  return { url: `http://127.0.0.1:${port}`, terminate: () => void child.kill(), stop: () => stop(child) };
}

/** Ends the child and what it started: the group is its own. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  process.kill(-child.pid!, "SIGKILL");
  await exit;
}

async function startWrangler(folder: string): Promise<Running> {
  const harness = createTestHarness({ workers: [{ configPath: join(folder, "wrangler.toml") }] });
  const { url } = await harness.listen();
  const stop = () => harness.close();
  return { url: url.origin, terminate: stop, stop };
}
