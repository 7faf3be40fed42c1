import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The code alone: comments and strings may say anything. */
function code(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/`(?:[^`\\$]|\\.|\$(?!\{))*`/g, "``");
}

function imports(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

const core = sources("src/core");
const adapters = sources("src/adapters");

/** What the adapters may share beside the core: each adapter's own parts are named after it. */
const SHARED = ["platform", "runtime-types", "fetch-host"];

/** The modules that belong together: an adapter's entry, and the files that carry its name or are part of it alone. */
const FAMILIES: Record<string, readonly string[]> = {
  cloudflare: ["cloudflare", "cloudflare-types", "durable-object", "isolate"],
};

function family(file: string): string {
  const name = basename(file, ".ts");
  const named = Object.keys(FAMILIES).find((key) => FAMILIES[key]!.some((part) => name === part));
  return named ?? name.split("-")[0]!;
}

/** The web's plain data types, and what a fetch app's world has beside them. */
const ALLOWED_GLOBALS = new Set(
  `Request Response Headers HeadersInit URL TextEncoder TextDecoder AbortController AbortSignal
   ArrayBuffer ArrayBufferView DataView Uint8Array Uint16Array Uint32Array Int32Array Float64Array
   Array Map Set WeakMap WeakSet Object Number String Boolean BigInt JSON Math Promise PromiseLike Symbol RegExp
   Error TypeError RangeError Infinity NaN undefined Iterable Iterator IterableIterator
   Readonly ReadonlyArray ReadonlySet ReadonlyMap Partial Record Omit Pick Required Exclude Extract NonNullable ReturnType Parameters`.split(
    /\s+/,
  ),
);

const FORBIDDEN =
  /\b(Buffer|process|setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask|Date|performance|console|crypto|WebSocket|WebSocketPair|structuredClone|globalThis|window|self|Bun|Deno|require|eval|Function\()\b/;

describe("the boundaries of the layers", () => {
  it.each(core)("%s imports only the core", (file) => {
    for (const name of imports(file)) expect(name).toMatch(/^\.\/[a-z0-9-]+\.ts$/);
  });

  it.each(core)("%s reaches for no clock, timer, randomness or runtime", (file) => {
    const line = code(read(file))
      .split("\n")
      .find((text) => FORBIDDEN.test(text));
    expect(line).toBeUndefined();
  });

  it.each(core)("%s constructs only the web's plain data types, or its own", (file) => {
    const own = new Set(
      [
        ...core
          .map((name) => code(read(name)))
          .join("\n")
          .matchAll(/\bclass\s+(\w+)/g),
      ].map((match) => match[1]!),
    );
    const made = [...code(read(file)).matchAll(/\bnew\s+([A-Z]\w*)/g)].map((match) => match[1]!);
    expect(made.filter((name) => !ALLOWED_GLOBALS.has(name) && !own.has(name))).toEqual([]);
  });

  it.each(adapters)("%s imports the core, and no other adapter", (file) => {
    for (const name of imports(file).filter((specifier) => specifier.startsWith("."))) {
      const target = relative(root, join(root, dirname(file), name));
      const allowed =
        target.startsWith("src/core/") || SHARED.includes(basename(target, ".ts")) || family(target) === family(file);
      expect(allowed ? "" : `${file} → ${target}`).toBe("");
    }
  });

  it("the root exports the core only", () => {
    for (const name of imports("src/index.ts")) expect(name).toMatch(/^\.\/core\//);
  });
});
