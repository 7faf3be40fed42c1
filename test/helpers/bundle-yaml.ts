import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

// The command line reads YAML by a library. It is put into the one file that uses it, so that the package needs no other one.
const root = join(import.meta.dirname, "../..");
const file = join(root, "dist/cli/explain/configuration/yaml.js");
const license = readFileSync(join(root, "node_modules/yaml/LICENSE"), "utf8").trim();

await build({
  entryPoints: [join(root, "src/cli/explain/configuration/yaml.ts")],
  outfile: file,
  bundle: true,
  minify: true,
  format: "esm",
  // The build of the library that is made of modules; that for Node asks for its parts while it runs.
  platform: "neutral",
  target: "node22",
  absWorkingDir: root,
  // Of our own files this one alone: a class is the same to all who import it.
  external: ["./tree.ts", "./tree.js"],
  banner: { js: `/*! The library yaml is in this file:\n${license}\n*/` },
});
// esbuild leaves the name as it is written.
writeFileSync(file, readFileSync(file, "utf8").replaceAll('"./tree.ts"', '"./tree.js"'));
