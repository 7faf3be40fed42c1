import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestHarness } from "wrangler";
import type { RuntimeName } from "../contract/runtime.ts";
import { HOME } from "../docs/running.ts";
import { startChild } from "../helpers/child.ts";
import { COMMANDS } from "../helpers/runtimes.ts";

/** An app that one runtime serves. */
export interface AppHost {
  /** `http://…`, without a slash at the end. */
  readonly url: string;
  stop(): Promise<unknown>;
}

/** What is served: modules, of which `app.ts` exports an `app`, and as `servers` the definitions of its routes by these names. */
export interface Served {
  /** No two that run at a time have the same. */
  readonly name: string;
  readonly modules: Readonly<Record<string, string>>;
  readonly servers: readonly string[];
  /** What the runtime is told beside: permissions for Deno, compatibility flags for a Worker. */
  readonly flags?: readonly string[];
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

/** Starts them on a runtime, as a user would: a program, or a Worker by wrangler, with an object class for each definition. */
export async function startApp(runtime: RuntimeName, { name, modules, servers, flags = [] }: Served): Promise<AppHost> {
  const folder = join(HOME, `${name}-${runtime}`);
  mkdirSync(folder, { recursive: true });
  const files = {
    ...modules,
    "host.ts": HOSTS[runtime](servers),
    "wrangler.toml": configuration(runtime, servers, flags),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  if (runtime === "node" || runtime === "bun" || runtime === "deno") {
    const [command, ...known] = COMMANDS[runtime]();
    return startChild(command, [...known, ...flags, join(folder, "host.ts")]);
  }
  // wrangler knows what of Node's modules workerd has.
  const harness = createTestHarness({ workers: [{ configPath: join(folder, "wrangler.toml") }] });
  const { url } = await harness.listen();
  return { url: url.origin, stop: () => harness.close() };
}

function configuration(runtime: RuntimeName, servers: readonly string[], flags: readonly string[]): string {
  const classes = runtime === "durable" ? servers.map((_, index) => `Object${index}`) : [];
  return `
name = "app"
main = "host.ts"
compatibility_date = "2026-04-07"
compatibility_flags = ${JSON.stringify(flags)}
${classes.map((name) => `[[durable_objects.bindings]]\nname = "${name.toUpperCase()}"\nclass_name = "${name}"\n`).join("")}
${classes.length > 0 ? `[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ${JSON.stringify(classes)}` : ""}
`;
}
