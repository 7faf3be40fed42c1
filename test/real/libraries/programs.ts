import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTestHarness } from "wrangler";
import type { RuntimeName } from "../../contract/runtime.ts";
import { pages } from "../../docs/pages.ts";
import { programsOf } from "../../docs/programs.ts";
import { HOME } from "../../docs/running.ts";
import { startChild } from "../../helpers/child.ts";
import { COMMANDS } from "../../helpers/runtimes.ts";

/** A server with the libraries that it was started with. */
export interface LibraryHost {
  readonly url: string;
  stop(): Promise<unknown>;
}

const PAGE = pages().find(({ path }) => path === "docs/protocols.md")!;

/** What of the page's programs is about Node alone: who serves the definition. */
const IMPORT = `import { serve } from "onesocket/node";\n`;
const SERVE = "const { url } = await serve(server, { port: 3000 });\nconsole.log(url);\n";

/** A program of the page as a module whose `server` is the definition, for any runtime. Throws when it is not of that form. */
function moduleOf(name: string): string {
  const file = `${name}.ts`;
  const text = programsOf(PAGE)
    .map(({ files }) => files.get(file))
    .find((found) => found !== undefined);
  if (!text?.includes(IMPORT) || !text.endsWith(SERVE))
    throw new Error(`${file} is no program of the page, or ends otherwise`);
  return text.replace(IMPORT, "").replace(SERVE, "export { server };\n");
}

/** An app with all of them, each on a path of its own; `POST /close/NAME?room=ID` closes a room's sockets with 4001. */
function appOf(names: readonly string[]): string {
  return `
import { Hono } from "hono";
import { rooms } from "onesocket";
import { upgrade } from "onesocket/hono";
${names.map((name, index) => `import { server as server${index} } from "./${name}.ts";`).join("\n")}
export const servers = { ${names.map((name, index) => `${JSON.stringify(name)}: server${index}`).join(", ")} };
export const app = new Hono();
for (const [name, server] of Object.entries(servers)) {
  app.get(\`/\${name}/*\`, (c) => upgrade(c, server));
  app.post(\`/close/\${name}\`, async (c) => {
    await rooms(server, c.env).get(c.req.query("room")).close({}, 4001, "enough");
    return c.text("closed");
  });
}
`;
}

const HOSTS: Readonly<Record<RuntimeName, (names: readonly string[]) => string>> = {
  node: () => `
import { serve } from "onesocket/node";
import { app } from "./app.ts";
const server = await serve(app, { port: 0, hostname: "127.0.0.1" });
console.log("ready " + server.port);
process.on("SIGTERM", () => server.close().then(() => process.exit()));
`,
  bun: () => `
import { bun } from "onesocket/bun";
import { app } from "./app.ts";
console.log("ready " + Bun.serve({ ...bun(app), port: 0, hostname: "127.0.0.1" }).port);
`,
  deno: () => `
import { deno } from "onesocket/deno";
import { app } from "./app.ts";
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log("ready " + port) }, deno(app).fetch);
`,
  workers: () => `
import { worker } from "onesocket/cloudflare";
import { app, servers } from "./app.ts";
const rooms = Object.fromEntries(Object.values(servers).map(({ name }) => [name, "isolate"]));
export default worker(app, { rooms });
`,
  durable: (names) => `
import { durableRoom, worker } from "onesocket/cloudflare";
import { app, servers } from "./app.ts";
${names.map((name, index) => `export class Object${index} extends durableRoom(servers[${JSON.stringify(name)}]) {}`).join("\n")}
const rooms = Object.fromEntries(Object.values(servers).map(({ name }, index) => [name, "OBJECT" + index]));
export default worker(app, { rooms });
`,
};

/** Writes the programs of these libraries, with what serves them all on a runtime. Returns the path to start. */
function write(runtime: RuntimeName, names: readonly string[]): string {
  const folder = join(HOME, "libraries", `${runtime}-${names.length === 1 ? names[0] : "all"}`);
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, `${name}.ts`), moduleOf(name));
  writeFileSync(join(folder, "app.ts"), appOf(names));
  writeFileSync(join(folder, "host.ts"), HOSTS[runtime](names));
  return join(folder, "host.ts");
}

/** Starts the libraries' programs, as they stand on the page, in one server of a runtime. */
export async function startLibraries(runtime: RuntimeName, names: readonly string[]): Promise<LibraryHost> {
  const file = write(runtime, names);
  if (runtime === "node" || runtime === "bun" || runtime === "deno") {
    const [command, ...flags] = COMMANDS[runtime]();
    // What they import asks for more than a server of ours: @y/websocket-server 0.1.1 loads LevelDB, a native module.
    const more = runtime === "deno" ? ["--allow-ffi"] : [];
    return startChild(command, [...flags, ...more, file]);
  }
  // As a user's Worker is built and run: wrangler knows what of Node's modules workerd has.
  writeFileSync(join(dirname(file), "wrangler.toml"), configuration(runtime === "durable" ? names : []));
  const harness = createTestHarness({ workers: [{ configPath: join(dirname(file), "wrangler.toml") }] });
  const { url } = await harness.listen();
  return { url: url.origin, stop: () => harness.close() };
}

function configuration(objects: readonly string[]): string {
  const classes = objects.map((_, index) => `Object${index}`);
  return `
name = "libraries"
main = "host.ts"
compatibility_date = "2026-04-07"
compatibility_flags = ["nodejs_compat"]
${classes.map((name) => `[[durable_objects.bindings]]\nname = "${name.toUpperCase()}"\nclass_name = "${name}"\n`).join("")}
${classes.length > 0 ? `[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ${JSON.stringify(classes)}` : ""}
`;
}
