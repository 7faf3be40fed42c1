import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURES } from "../../src/core/contract/all-failures.ts";
import { describeOnNats, killNats, startNats } from "../helpers/nats-server.ts";
import { describeOnPostgres, killPostgres, startPostgres } from "../helpers/postgres-server.ts";
import { describeOnRedis, killRedis, startRedis, startSentinel } from "../helpers/redis-server.ts";
import { PROXY_LANGUAGES } from "../proxies/blocks.ts";
import { type Block, type Page, pages, ROOT } from "./pages.ts";
import { commandsOf, fileName, isFile, type Program, programsOf, type Runtime, runtimeOf } from "./programs.ts";
import { HOME, runTest, runVitest, startProgram, writeProgram } from "./running.ts";
import { tryLine } from "./tries.ts";

const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** On the fence of code whose library is not installed here. */
const NOT_RUN = "not-run";

/** Brokers' engines, which programs of the pages need to be there. */
const ENGINES: readonly string[] = ["redis", "nats", "postgres"];

const all = pages();
const blocks = all.flatMap((page) => page.sections).flatMap((section) => section.blocks);
const programs = all.flatMap(programsOf);

describe("the blocks", () => {
  it.for(all)("of $path are all of a kind that is checked", (page) => {
    const unchecked = page.sections.flatMap(({ blocks }) => blocks).filter((block) => !isChecked(page, block));
    expect(unchecked.map(({ line, language, text }) => `line ${line}: ${language} ${text.split("\n", 1)}`)).toEqual([]);
  });

  it("that are marked as not run are TypeScript at least", async () => {
    for (const { text } of blocks.filter(({ mark }) => mark === NOT_RUN)) await transform(text, { loader: "ts" });
  });

  it("that configure nginx have what failures tell to add", () => {
    const fixes = Object.values(FAILURES).map(([, , fix]) => /nginx: (proxy_\w+ [\w$. ]+)/.exec(fix)?.[1]);
    const told = fixes.filter((line) => line !== undefined);
    expect(told).toHaveLength(3);
    // A mark is on those that show what is wrong.
    for (const { text } of blocks.filter(({ language, mark }) => language === "nginx" && mark === "")) {
      expect(told.filter((line) => !text.includes(line))).toEqual([]);
    }
  });
});

describe("the programs", () => {
  runs(programs.filter((program) => !ENGINES.some((engine) => isOn(engine, program)) && !program.isTest));

  const tests = programs.filter(({ isTest }) => isTest);

  it.for(tests.filter(({ runtime }) => runtime !== "vitest"))("$name, a test, passes", (program) => runTest(program));

  describe("of vitest", () => {
    const ours = tests.filter(({ runtime }) => runtime === "vitest");
    let faults: ReadonlyMap<string, string>;

    beforeAll(async () => {
      faults = await runVitest(ours);
    });

    it.for(ours)("$name, a test, passes", ({ name }) => expect(faults.get(name)).toBe(""));
  });

  it.each([["node"], ["vitest", "node"], ["bun"], ["deno"], ["wrangler", "@cloudflare/workers-types"]] as [
    Runtime,
    string?,
  ][])("of %s are typed strictly", async (runtime, types = runtime) => {
    expect(await typeErrors(runtime, types)).toBe("");
  });
});

describeOnRedis("the programs over Redis", () => {
  beforeAll(async () => {
    const redis = await startRedis();
    process.env.REDIS_URL = redis.url;
    process.env.SENTINEL_URL = (await startSentinel(redis.port)).url;
  });

  afterAll(killRedis);

  runs(programs.filter((program) => isOn("redis", program)));
});

describeOnNats("the programs over NATS", () => {
  beforeAll(async () => {
    process.env.NATS_URL = (await startNats()).address;
  });

  afterAll(killNats);

  runs(programs.filter((program) => isOn("nats", program)));
});

describeOnPostgres("the programs over PostgreSQL", () => {
  beforeAll(async () => {
    process.env.POSTGRES_URL = (await startPostgres()).url;
  });

  afterAll(killPostgres);

  runs(programs.filter((program) => isOn("postgres", program)));
});

function isOn(engine: string, { files }: Program): boolean {
  return [...files.values()].some((text) => text.includes(`"onesocket/${engine}"`));
}

function runs(some: readonly Program[]): void {
  it.for(some)("$name runs, and a client is served as the page says", async (program) => {
    expect(program.tries).not.toEqual([]);
    const running = await startProgram(program);
    try {
      for (const line of program.tries) expect(await tryLine(running, line)).toBe(line);
    } finally {
      await running.stop();
    }
  });
}

/** Whether one of the tests looks at a block: as a file of a program that runs, as a command, or as told on its fence. */
function isChecked(page: Page, block: Block): boolean {
  if (block.mark === NOT_RUN) return block.language === "ts" && block.text.includes("not run");
  if (isFile(block)) return programsOf(page).some(({ files }) => files.get(fileName(block) ?? "") === block.text);
  if (block.language === "sh") return commandsOf(block).every(isCommand);
  // test/proxies runs all that this page has of them.
  if (PROXY_LANGUAGES.includes(block.language)) return page.path === "docs/proxies.md";
  // Pictures and what programs print.
  return block.language === "text";
}

/** Whether a command starts a program of the page, is a script of ours, runs tests or tools of ours, or installs what exists. */
function isCommand(command: string): boolean {
  if (runtimeOf(command) || command === "npm ci" || command === "npx biome check --write .") return true;
  const tests = /^npx vitest run --project all (\S+)(?: -t \w+)?$/.exec(command)?.[1];
  if (tests !== undefined) return existsSync(join(ROOT, tests));
  const script = /^npm (?:run )?(\S+)(?: -- .+)?$/.exec(command)?.[1];
  if (script !== undefined) return script in PACKAGE.scripts;
  const installed = /^npm install (.+)$/.exec(command)?.[1]?.split(" ") ?? [];
  return installed.length > 0 && installed.every(isPackage);
}

/** Whether a package to install is one of ours, and its version, such as `pg@8`, the one that the programs are run with. */
function isPackage(text: string): boolean {
  const known: Readonly<Record<string, string>> = {
    [PACKAGE.name]: "",
    ...PACKAGE.peerDependencies,
    ...PACKAGE.devDependencies,
  };
  const [, name = "", version] = /^(@?[^@]+)(?:@(.+))?$/.exec(text) ?? [];
  return name in known && (version === undefined || known[name]!.startsWith(`${version}.`));
}

/** What tsc says of the programs of one runtime, with the types of that runtime alone. */
async function typeErrors(runtime: Runtime, types: string): Promise<string> {
  const home = join(HOME, `types-${runtime}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  for (const program of programs) if (program.runtime === runtime) writeProgram(program, 3000, home);
  const lib = runtime === "wrangler" ? ["ES2024", "ESNext.Disposable"] : undefined;
  const config = { extends: "../../tsconfig.json", compilerOptions: { types: [types], lib }, include: ["."] };
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(config));
  const tsc = promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["-p", home], { cwd: ROOT });
  return tsc.then(
    () => "",
    // The library's sources have their own projects, with DOM's types; here they stand in for its declarations.
    ({ stdout }: { stdout: string }) =>
      stdout
        .split("\n")
        .filter((line) => !/^(src| )/.test(line))
        .join("\n"),
  );
}
