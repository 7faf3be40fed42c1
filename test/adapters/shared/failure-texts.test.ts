import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";

const ROOT = join(import.meta.dirname, "../../..");
const CODES = Object.keys(FAILURES);

/** It names codes that other parts of its adapter never give. */
const CONSOLE = "// src/adapters/shared/console.ts";

/** The codes that what is left of an adapter when it is bundled may give, and those whose texts are there. */
async function codesOf(adapter: string): Promise<{ given: string[]; told: string[] }> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`src/adapters/${adapter}/index.ts`],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    external: ["cloudflare:*", "node:*", "hono", "hono/*", "@hono/node-server"],
  });
  // Each file begins with a comment that names it.
  const files = outputFiles[0]!.text.split(/^(?=\/\/ src\/)/m).filter((file) => !file.startsWith(CONSOLE));
  const has = (text: string) => files.some((file) => file.includes(text));
  return {
    given: CODES.filter((code) => has(`"${code}"`)),
    told: CODES.filter((code) => has(`  ${code}: [`)),
  };
}

it.each(["node", "bun", "deno", "cloudflare", "hono"])(
  "onesocket/%s has the texts of every code that it may give",
  async (adapter) => {
    const { given, told } = await codesOf(adapter);
    expect(told).toEqual(expect.arrayContaining(given));
  },
);

it.each([
  ["bun", "ROOMS_UNMAPPED"],
  ["deno", "PROXY_PROTOCOL"],
  ["cloudflare", "ALREADY_UPGRADED"],
  ["node", "UPGRADE_NOT_FORWARDED"],
  ["hono", "DATA_BEFORE_HANDSHAKE"],
])("onesocket/%s ships without the texts of %s, which it never gives", async (adapter, code) => {
  const { told } = await codesOf(adapter);
  expect(told).not.toContain(code);
});
