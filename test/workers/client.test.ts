import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("the page's client is what the sources make; `npx vitest run test/workers/client.test.ts -u` makes it anew", async () => {
  const { outputFiles } = await build({
    stdin: { contents: 'export { connect } from "onesocket/client";', resolveDir: import.meta.dirname },
    banner: { js: "// onesocket/client, made by test/workers/client.test.ts." },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["onesocket-source"],
  });
  await expect(outputFiles[0]!.text).toMatchFileSnapshot(join(ROOT, "workers/public/client.js"));
});
