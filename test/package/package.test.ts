import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURES } from "../../src/core/contract/all-failures.ts";
import { addFailures, type FailureCode, failureText } from "../../src/core/contract/failures.ts";
import { Client } from "../helpers/client.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { Project, root } from "./project.ts";

addFailures(FAILURES);

const TRAEFIK = `http:
  routers:
    chat: { rule: PathPrefix(\`/chat\`), service: chat }
  services:
    chat:
      loadBalancer:
        passHostHeader: false
        servers: [{ url: "http://127.0.0.1:3000" }]
`;

let project: Project;
let files: readonly string[];

beforeAll(async () => {
  project = await Project.create();
  files = readdirSync(project.installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.installed.length + 1));
}, 120_000);

afterAll(() => project?.remove());

function read(file: string): string {
  return readFileSync(join(project.installed, file), "utf8");
}

/** A file of ours and all of ours that come with it. */
function imported(file: string, found: string[] = []): string[] {
  if (found.includes(file)) return found;
  found.push(file);
  for (const [, name = ""] of read(file).matchAll(/^(?:import|\}).*"(\.[^"]*)";$/gm))
    imported(join(dirname(file), name), found);
  return found;
}

async function bundled(name: string, conditions: string[]): Promise<{ bytes: number; warnings: readonly unknown[] }> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: `export * from "${name}";`, resolveDir: project.folder },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    conditions: [...conditions, "workerd", "worker"],
    external: ["cloudflare:*", "node:*", "@hono/node-server"],
    logLevel: "silent",
  });
  return { bytes: outputFiles[0]!.contents.length, warnings };
}

function targets(exported: unknown): string[] {
  return typeof exported === "string" ? [exported] : Object.values(exported as object).flatMap(targets);
}

describe("the tarball", () => {
  it("holds the build, its sources and the documents, and nothing else", () => {
    expect(
      files.filter((file) => !/^(dist|src|docs)\/|^(package\.json|(README|CHANGELOG)\.md|LICENSE)$/.test(file)),
    ).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["dist/index.js", "src/index.ts", "CHANGELOG.md", "LICENSE"]));
  });

  it("holds what its pages link to", () => {
    const broken = files
      .filter((file) => file.endsWith(".md"))
      .flatMap((page) =>
        [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => join(dirname(page), target)),
      )
      .filter((target) => !existsSync(join(project.installed, target)));
    expect(broken).toEqual([]);
  });

  it("holds what a refusal points to, for every code", () => {
    for (const code of Object.keys(FAILURES) as FailureCode[]) {
      const [, command, page = "", anchor] =
        /^More: npx (.*), or (\S+)#(\S+) in the npm package onesocket$/m.exec(failureText(code)) ?? [];
      expect(command).toBe(`onesocket explain ${code}`);
      expect(read(page)).toContain(`<a id="${anchor}"></a>\`${code}\``);
    }
  });

  it("explains a code as its page does", async () => {
    const { code, output } = await project.run("npx", "--offline", "onesocket", "explain", "UPGRADE_STRIPPED");
    expect(code).toBe(0);
    const [, cause, fix] = FAILURES.UPGRADE_STRIPPED;
    for (const words of [cause, fix])
      for (const text of [output, read("docs/failures.md")]) expect(text).toContain(words);
  });

  it("has a kit for tests, which needs nothing else", async () => {
    const { code, output } = await project.run("node", "--test", "chat.test.js");
    expect(code, output).toBe(0);
    expect(output).toContain("a stranger's test");
  });

  it("reads YAML, with the library in the file that needs it", async () => {
    writeFileSync(join(project.folder, "traefik.yml"), TRAEFIK);
    const { code, output } = await project.run("npx", "--offline", "onesocket", "explain", "traefik.yml");
    expect(code, output).toBe(0);
    expect(output).toMatch(/ORIGIN_REJECTED .*traefik\.yml:7/);
    const bundle = read("dist/cli/explain/configuration/yaml.js");
    expect(bundle).toContain("Permission to use, copy, modify");
    expect([...bundle.matchAll(/(?:import|from)\s*"([^"]*)"/g)].map(([, name]) => name)).toEqual(["./tree.js"]);
  });

  it("holds no test and no settings of the checkout", () => {
    expect(files.filter((file) => /(^|\/)test\/|\.test\.|tsconfig|-lock/.test(file))).toEqual([]);
  });

  it("names no place that it was made or downloaded at", () => {
    expect(files.filter((file) => read(file).includes(root) || read(file).includes('"resolved"'))).toEqual([]);
  });

  it("has every file that its manifest names", () => {
    const { exports, bin } = JSON.parse(read("package.json"));
    expect(targets([exports, bin]).filter((file) => !existsSync(join(project.installed, file)))).toEqual([]);
  });

  it("has every source that its maps name", () => {
    const missing = files
      .filter((file) => file.endsWith(".map"))
      .flatMap((file) => JSON.parse(read(file)).sources.map((source: string) => join(dirname(file), source)))
      .filter((source) => !files.includes(source));
    expect(missing).toEqual([]);
  });

  it("is few files to import, and the core is in one that they share", () => {
    const adapters = ["node", "bun", "deno", "cloudflare", "redis"].map((name) => `adapters/${name}/index`);
    const all = [...adapters, "adapters/node/handler", "ws/index", "deflate"].map((entry) =>
      imported(`dist/${entry}.js`),
    );
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThan(6);
    const shared = all.reduce((common, modules) => common.filter((file) => modules.includes(file)));
    expect(shared.filter((file) => /\bSession = class/.test(read(file)))).toHaveLength(1);
  });

  it.each(["node", "bun", "deno", "cloudflare"])(
    "costs a bundle for %s no more than its sources would",
    async (name) => {
      const packed = await bundled(`onesocket/${name}`, []);
      const sources = await bundled(`onesocket/${name}`, ["onesocket-source"]);
      expect(packed.warnings).toEqual([]);
      expect(packed.bytes / sources.bytes).toBeLessThan(1.02);
    },
  );

  // Rolldown of Vite asks as webpack, Rspack and Turbopack do: for those it is an error that ends the build.
  it("can be bundled without the peers that a program does without", async () => {
    const entry = join(project.folder, "node.ts");
    const said: string[] = [];
    const onLog = (_: unknown, { message }: { readonly message: string }) => void said.push(message);
    const bundle = await rolldown({ input: entry, platform: "node", onLog });
    await bundle.generate({ format: "esm" });
    await bundle.close();
    expect(said).toEqual([]);
  });

  it("has no dependencies", () => {
    expect(JSON.parse(read("package.json")).dependencies).toBeUndefined();
    expect(readdirSync(join(project.folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "onesocket",
    ]);
  });

  it("passes publint", async () => {
    const { code, output } = await project.run("publint", "--strict", project.tarball);
    expect(code, output).toBe(0);
  });

  it("passes arethetypeswrong as a package of ES modules only", async () => {
    const { code, output } = await project.run("attw", "--profile=esm-only", "--no-emoji", project.tarball);
    expect(code, output).toBe(0);
  });
});

async function says(url: string): Promise<unknown> {
  const client = await Client.connect(`${url}/chat?name=Ada`);
  client.send("hello");
  const answer = await client.next();
  await client.close();
  return answer;
}

async function heard(command: string, ...args: readonly string[]): Promise<unknown> {
  const server = await project.start(command, ...args);
  try {
    return await says(server.url);
  } finally {
    await server.stop();
  }
}

describe("the quick start, from the installed package", () => {
  it("runs on Node", async () => {
    expect(await heard("node", "node.ts")).toBe("Ada: hello");
  });

  it("runs on Bun", async () => {
    expect(await heard("bun", "bun.ts")).toBe("Ada: hello");
  });

  it("runs on Deno", async () => {
    expect(await heard("deno", "serve", "--host=127.0.0.1", "--port=0", "deno.ts")).toBe("Ada: hello");
  });

  it("runs on Workers with a Durable Object", async () => {
    const outfile = join(project.folder, "worker.js");
    await build({
      entryPoints: [join(project.folder, "worker.ts")],
      bundle: true,
      outfile,
      format: "esm",
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*"],
    });
    const worker = await startWorker(outfile, { objects: { CHAT: "Chat" } });
    try {
      expect(await says(worker.ws)).toBe("Ada: hello");
    } finally {
      await worker.dispose();
    }
  });
});

describe("npx onesocket dev", () => {
  it.each(["node", "bun", "deno"])("serves a module in JavaScript on %s", async (runtime) => {
    const dev = ["--offline", "onesocket", "dev", "script.js", "--port", "0", "--on", runtime];
    expect(await heard("npx", ...dev)).toBe("hello");
  });

  it("serves a module in TypeScript", async () => {
    expect(await heard("npx", "--offline", "onesocket", "dev", "chat.ts", "--port", "0")).toBe("Ada: hello");
  });
});

/** What the compiler says of the program and of the package; other packages' declarations are not ours to mend. */
async function typeErrors(...settings: readonly string[]): Promise<string[]> {
  const { code, output } = await project.run("tsc", "--ignoreConfig", "--noEmit", ...STRICT, ...settings);
  const errors = output.split("\n").filter((line) => line.includes("error TS"));
  if (code !== 0 && errors.length === 0) throw new Error(output);
  return errors.filter((line) => !line.startsWith(".."));
}

const STRICT = [
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noUncheckedIndexedAccess",
  "--allowImportingTsExtensions",
];

const RESOLUTIONS = [
  ["nodenext", ["--module", "nodenext"]],
  ["bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
] as const;

describe.each(RESOLUTIONS)("a strict program with moduleResolution %s and no skipLibCheck", (_name, resolution) => {
  it.each([
    ["on Node", "node.ts", "@types/node", "es2024"],
    ["on Bun", "bun.ts", "@types/bun", "es2024"],
    ["on Workers", "worker.ts", "@cloudflare/workers-types", "es2024"],
    ["in JavaScript with the DOM's types alone", "script.js", "", "es2024,dom"],
  ])("compiles %s", async (_case, file, types, lib) => {
    const folder = types && join(root, "node_modules", types);
    const settings = ["--target", "es2024", "--lib", lib, "--types", folder, "--allowJs", "--checkJs"];
    expect(await typeErrors(...settings, ...resolution, file)).toEqual([]);
  });
});

it.each(RESOLUTIONS)(
  "has a name for every type that a program's declarations need, with moduleResolution %s",
  async (_name, resolution) => {
    const settings = [
      "--target",
      "es2024",
      "--lib",
      "es2024,dom",
      "--types",
      "",
      "--declaration",
      "--emitDeclarationOnly",
    ];
    const output = ["--noEmit", "false", "--allowImportingTsExtensions", "--outDir", "declared"];
    expect(await typeErrors(...settings, ...output, ...resolution, "exported.ts")).toEqual([]);
    const declared = readFileSync(join(project.folder, "declared/exported.d.ts"), "utf8");
    expect(declared).toMatch(/const chat: .*SocketDefinition</);
  },
);

it("compiles for Deno", async () => {
  const { code, output } = await project.run("deno", "check", "deno.ts");
  expect(code, output).toBe(0);
});

describe("beside Hono", () => {
  beforeAll(() => {
    for (const name of ["hono", "@hono/node-server"]) project.link(name);
  });

  it("runs on Node", async () => {
    expect(await heard("node", "hono.ts")).toBe("Ada: hello");
  });

  it.each(RESOLUTIONS)("compiles with moduleResolution %s", async (_name, resolution) => {
    const types = join(root, "node_modules/@types/node");
    const settings = ["--target", "es2024", "--lib", "es2024,dom", "--types", types];
    expect(await typeErrors(...settings, ...resolution, "hono.ts")).toEqual([]);
  });
});
