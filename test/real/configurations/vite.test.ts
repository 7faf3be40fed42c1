import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";
import { describe, expect, it } from "vitest";
import { vite } from "../../../src/cli/explain/configuration/vite/index.ts";
import { type Case, compared, mended, RIGHT } from "./compare.ts";

const config = (proxy: string) => `import { defineConfig } from "vite";

// server: { proxy: {} } is not this one
export default defineConfig({
  plugins: [],
  server: {
    host: "127.0.0.1",
    proxy: {
${proxy}
    },
  },
});
`;

const CASES: Readonly<Record<string, Case>> = {
  "ws: true": { text: config(`"/chat": { target: "http://UP", ws: true },`), paths: ["/chat/a?x=1"] },
  changeOrigin: { text: config(`"/chat": { target: "http://UP", ws: true, changeOrigin: true },`), paths: ["/chat"] },
  "changeOrigin in lines of its own": {
    text: config(`"/chat": {\n  target: "http://UP", // a comment\n  changeOrigin: true,\n  ws: true,\n},`),
    paths: ["/chat"],
  },
  rewriteWsOrigin: {
    text: config(`"/chat": { target: "http://UP", ws: true, changeOrigin: true, rewriteWsOrigin: true },`),
    paths: ["/chat"],
  },
  "a target with ws:": { text: config(`'/chat': { target: 'ws://UP' },`), paths: ["/chat"] },
  "a target alone": { text: config("'/chat': `ws://UP`,"), paths: ["/chat"] },
  "a pattern": { text: config(`"^/rooms/\\\\w+$": { target: "http://UP", ws: true },`), paths: ["/rooms/a"] },
  "the first that takes it": {
    text: config(`"/chat": { target: "http://UP" },\n"/cha": { target: "http://UP", ws: true, changeOrigin: true },`),
    paths: ["/chat"],
  },
};

async function start(text: string, port: number) {
  const root = mkdtempSync(join(tmpdir(), "onesocket-vite-"));
  // Beside this project's packages, where it finds Vite.
  const configFile = join(import.meta.dirname, `.vite-${port}.config.ts`);
  writeFileSync(configFile, text);
  const server = await createServer({
    root,
    configFile,
    logLevel: "silent",
    server: { port, strictPort: true },
  }).finally(() => rmSync(configFile));
  await server.listen();
  const stop = async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  };
  const { port: listened } = server.httpServer!.address() as AddressInfo;
  if (listened !== port) throw new Error("another port");
  return { stop };
}

describe("behind Vite", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(vite, start, one);
    expect(real).toEqual(said);
  });

  it.each(["changeOrigin in lines of its own"])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(vite, start, CASES[name]!)).toEqual(RIGHT);
  });

  it("opens with ws: true, where that was missing", async () => {
    const alone = config(`"/chat": "http://UP",`);
    expect(await mended(vite, start, { text: alone, paths: ["/chat"] })).toEqual(RIGHT);
    const inLines = config(`"/chat": {\n  target: "http://UP",\n},`);
    expect(await mended(vite, start, { text: inLines, paths: ["/chat"] })).toEqual(RIGHT);
  });
});
