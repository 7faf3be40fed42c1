import { globSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Makes the package's JavaScript, beside the types that `tsc` made. To import costs Node 24 a third of a millisecond for each file,
 * and there would be 120 behind `onesocket/node`. So each export is one file of its own and one that has the whole core: what the
 * core knows of a process, such as names and rooms, has to be there once, whichever exports are imported. The command line stays
 * file by file, since its files find one another by their place.
 */
const root = join(import.meta.dirname, "../..");
const src = join(root, "src");

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, string | { readonly "onesocket-source": string }>>;
};
const entries = Object.values(exports).flatMap((entry) =>
  typeof entry === "string" ? [] : [join(root, entry["onesocket-source"])],
);

/** These run where no server does: in browsers, and beside other libraries. They bring what they use of the core, and no more. */
const small = ["client/index.ts", "ws/duplex.ts"].map((file) => join(src, file));

/** Made by `bundle-yaml.ts`, with the library inside. */
const yaml = join(src, "cli/explain/configuration/yaml.ts");
const command = sources("cli/**/*.ts").filter((file) => file !== yaml);

/** esbuild puts into one file what the same entries import: each imports all of this. Not so what asks its runtime something when it is imported. */
const ofOneRuntime = ["adapters/shared/fetch-host.ts", "core/contract/all-failures.ts"].map((file) => join(src, file));
const core = [...sources("core/**/*.ts"), ...sources("adapters/shared/*.ts")].filter(
  (file) => !ofOneRuntime.includes(file),
);
const importsOfCore = core.map((file) => `import ${JSON.stringify(file)};`).join("");

function sources(pattern: string): string[] {
  return globSync(pattern, { cwd: src, exclude: ["**/*.d.ts"] }).map((file) => join(src, file));
}

function isOfCommand(file: string): boolean {
  return file.startsWith(join(src, "cli/"));
}

function needsCore(file: string, text: string): boolean {
  if (isOfCommand(file)) return /^import (?!type ).*"(\.\.\/)+core\//m.test(text);
  return entries.includes(file) && !small.includes(file);
}

const split: Plugin = {
  name: "split",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[./]/ }, ({ path, resolveDir, importer, kind }) => {
      const file = resolve(resolveDir, path);
      const stays = isOfCommand(importer) && (isOfCommand(file) || entries.includes(file));
      if (stays) return { path: path.replace(/\.ts$/, ".js"), external: true };
      // Our manifest says that files have no side effects. Then what is imported without a name would be left out.
      return kind === "import-statement" ? { path: file, sideEffects: true } : undefined;
    });
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      return { contents: needsCore(path, text) ? `${text}\n${importsOfCore}` : text, loader: "ts" };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: [...entries, ...command],
  outdir: join(root, "dist"),
  outbase: src,
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  chunkNames: "shared/[hash]",
  // What a program does not use is left out by who bundles it. Left out here, it would divide the core.
  treeShaking: false,
  format: "esm",
  platform: "neutral",
  target: "es2024",
  packages: "external",
  external: ["cloudflare:*", "node:*"],
  sourcemap: "linked",
  sourcesContent: false,
  plugins: [split],
  write: false,
});

// An import of nothing, of a file that is said to have no side effects, makes bundlers warn.
const WITHOUT_NAMES = /^import "\.[^"]*";$/gm;
await Promise.all(outputFiles.map(({ path, text }) => written(path, text.replace(WITHOUT_NAMES, ""))));

async function written(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
