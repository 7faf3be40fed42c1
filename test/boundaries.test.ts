import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYERS } from "./helpers/layers.ts";

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
const views = sources("src/ws");
const all = [
  core,
  views,
  adapters,
  ...["client", "testing", "otel", "cli"].map((name) => sources(`src/${name}`)),
].flat();

/** The folder under `src/core`, or under `src/adapters`, that a file lies in. */
function place(file: string): string {
  return file.split("/")[2]!;
}

/** What an adapter may import beside the core, itself and what all of them share. */
const MORE: Readonly<Record<string, readonly string[]>> = { hono: ["src/ws/"], vite: ["src/adapters/node/"] };

/** The file that an import names. */
function target(file: string, specifier: string): string {
  return relative(root, join(root, dirname(file), specifier));
}

/** All that comes with an import of a file, types left out: files, and packages by their names. */
function brought(file: string): readonly string[] {
  const found = new Set([file]);
  for (const one of found) {
    const text = one.endsWith(".ts") ? read(one).replaceAll(/^(?:im|ex)port type [^;]+;/gm, "") : "";
    for (const [, name = ""] of text.matchAll(/^(?:(?:.*\}|(?:im|ex)port .*) from|import) "([^"]+)"/gm))
      found.add(name.startsWith(".") ? target(one, name) : name);
  }
  return [...found];
}

const { exports } = JSON.parse(read("package.json")) as { readonly exports: Record<string, Record<string, string>> };
const entries = Object.values(exports).flatMap(({ "onesocket-source": file }) =>
  file ? [relative(root, join(root, file))] : [],
);

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

/** Those of the files that are reached from themselves by way of the others, each with the way there. */
function circles(files: readonly string[]): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    done.add(file);
    const own = imports(file).map((name) => target(file, name));
    // A file may speak of its own type.
    for (const name of own.filter((one) => one !== file && files.includes(one))) walk(name, [...path, file]);
  };
  for (const file of files) walk(file, []);
  return found;
}

describe("the boundaries of the layers", () => {
  it.each(core)("%s imports only its own layer and those above it", (file) => {
    for (const specifier of imports(file)) {
      const imported = target(file, specifier);
      expect(imported).toMatch(/^src\/core\//);
      const upward = LAYERS.indexOf(place(imported)) > LAYERS.indexOf(place(file));
      expect(upward ? `${file} → ${imported}` : "").toBe("");
    }
  });

  it("no files import one another in a circle, types included", () => {
    expect(circles(all)).toEqual([]);
  });

  it.each(core)("%s reaches for no clock, timer, randomness or runtime", (file) => {
    // Copies of the package that a process has can meet nowhere else.
    const meets = file === "src/core/rooms/copies.ts" && "const shared = globalThis as { [KEY]?: Map<string, Find> };";
    const line = code(read(file))
      .split("\n")
      .find((text) => FORBIDDEN.test(text) && text.trim() !== meets);
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

  it.each(views)(
    "%s imports the core and its own folder; but for Node's streams, which an entry of its own has",
    (file) => {
      const streams = file === "src/ws/duplex.ts" ? ["node:stream"] : [];
      for (const specifier of imports(file).filter((name) => !streams.includes(name)))
        expect(target(file, specifier)).toMatch(/^src\/(core|ws)\/(?!duplex)/);
    },
  );

  it.each(adapters)("%s imports the core, and no other adapter but for what is listed", (file) => {
    for (const specifier of imports(file).filter((name) => name.startsWith("."))) {
      const imported = target(file, specifier);
      const layers = ["src/core/", ...(MORE[place(file)] ?? [])];
      const own = imported.startsWith("src/adapters/") && [place(file), "shared"].includes(place(imported));
      const allowed = own || layers.some((layer) => imported.startsWith(layer));
      expect(allowed ? "" : `${file} → ${imported}`).toBe("");
    }
  });

  it.each(all)("%s throws no promise away: void hides one from the linter", (file) => {
    const line = code(read(file))
      .split("\n")
      .find((text) => /^\s*(if \(.*\) |else )*void\s/.test(text));
    expect(line).toBeUndefined();
  });

  it.each(sources("src/client"))(
    "%s imports the client alone, but for types and for what JSON-RPC writes on the wire",
    (file) => {
      const text = read(file).replaceAll(/import type [^;]+;/g, "");
      const values = [...text.matchAll(/from "([^"]+)"/g)].map((match) => target(file, match[1]!));
      expect(values.filter((name) => !name.startsWith("src/client/") && name !== "src/core/rpc/wire.ts")).toEqual([]);
      expect(imports(file).filter((name) => !name.startsWith("."))).toEqual([]);
    },
  );

  it.each(sources("src/testing"))(
    "%s imports the core, the client and what adapters share, and nothing else",
    (file) => {
      for (const specifier of imports(file))
        expect(target(file, specifier)).toMatch(/^src\/(core|client|testing|adapters\/shared)\//);
    },
  );

  it.each(sources("src/otel"))(
    "%s imports the core, the console's words and OpenTelemetry's interface, and nothing else",
    (file) => {
      for (const specifier of imports(file)) {
        if (specifier !== "@opentelemetry/api")
          expect(target(file, specifier)).toMatch(/^src\/(core\/|otel\/|adapters\/shared\/console\.ts)/);
      }
    },
  );

  it.each(entries.filter((entry) => entry !== "src/deflate.ts"))("%s brings nothing that compresses", (entry) => {
    const files = brought(entry);
    expect(files.filter((file) => /deflate|zlib|send-queue/.test(file))).toEqual(
      files.filter((file) => file.endsWith("deflate/compression.ts")),
    );
  });

  it("what compresses is brought by an entry that imports nothing of a runtime", () => {
    const files = brought("src/deflate.ts");
    expect(files).toContain("src/adapters/node/zlib/contexts.ts");
    expect(files).toContain("src/core/protocol/send-queue.ts");
    expect(files.filter((file) => !file.endsWith(".ts"))).toEqual([]);
  });

  it("the root exports the core only", () => {
    for (const name of imports("src/index.ts")) expect(name).toMatch(/^\.\/core\//);
  });
});
