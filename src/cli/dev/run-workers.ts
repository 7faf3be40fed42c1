import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Miniflare, MiniflareOptions } from "miniflare";
import { Complaint } from "../complaint.ts";
import { findPackage } from "../find-package.ts";
import type { DevOptions } from "./options.ts";
import { nothingToServe, type Running, run, sleep } from "./runner.ts";
import { bundleWorker, type WorkerBundle } from "./worker-bundle.ts";
import type { Inspection } from "./worker-host.ts";

/** How long the sockets' closing may take. workerd keeps the connection of some until it is ended: they have their Close by then. */
const DRAIN_MS = 500;

const WORKER = "onesocket";

await run(async (options) => {
  const { build, Miniflare } = await wranglersOwn(options);
  const bundle = await bundleWorker(build, options);
  const miniflare = new Miniflare(workerOptions(bundle, options));
  const { port } = await miniflare.ready.catch((cause) => {
    // workerd has said why, on stderr.
    throw new Complaint(`workerd cannot load ${options.name}`, { cause });
  });
  const ask = async <Answer>(what: string) =>
    (await (await miniflare.dispatchFetch(`http://runner${bundle.control}/${what}`)).json()) as Answer;
  check(await ask<Inspection>("inspect"), options);
  return { port: Number(port), stop: () => stop(miniflare, () => ask<number>("drain")) } satisfies Running;
});

/** wrangler brings both, in versions that fit each other. */
async function wranglersOwn({ on, module }: DevOptions) {
  const wrangler = findPackage("wrangler", module) ?? findPackage("wrangler", import.meta.filename);
  if (!wrangler) throw new Complaint(`--on ${on} needs wrangler: npm install --save-dev wrangler`);
  const require = createRequire(wrangler);
  const { version } = require("miniflare/package.json") as { version: string };
  if (Number.parseInt(version, 10) < 5)
    throw new Complaint(
      `--on ${on} needs a wrangler that brings Miniflare 5, not ${version}: npm install --save-dev wrangler@latest`,
    );
  const load = (name: string) => import(pathToFileURL(require.resolve(name)).href);
  const { Miniflare } = (await load("miniflare")) as typeof import("miniflare");
  const { build } = (await load("esbuild")) as typeof import("esbuild");
  return { Miniflare, build };
}

function workerOptions({ code, objects }: WorkerBundle, { host, port }: DevOptions): MiniflareOptions {
  return {
    cf: false,
    host,
    port,
    handleStructuredLogs: ({ message }: { message: string }) => console.error(message),
    workers: [
      {
        config: {
          name: WORKER,
          compatibilityDate: "2026-04-07",
          // The first tells upgrade that the client has gone; the second lets modules import node:*.
          compatibilityFlags: ["enable_request_signal", "nodejs_compat"],
          manifest: {
            mainModule: "worker.js",
            modulesRoot: "/",
            modules: { "worker.js": { type: "esm", contents: code } },
          },
          env: record(objects, (exportName) => ({ type: "durable-object", worker: WORKER, exportName })),
          exports: record(objects, () => ({ type: "durable-object", storage: "sqlite" })),
        },
      },
    ],
  };
}

function record<Value>(names: readonly string[], value: (name: string) => Value): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

function check({ served, definitions }: Inspection, { on, name }: DevOptions): void {
  if (served === "nothing") throw nothingToServe(name);
  const twice = definitions.find((definition, index) => definitions.indexOf(definition) !== index);
  if (twice !== undefined)
    throw new Complaint(`${name} exports two definitions that are named ${JSON.stringify(twice)}`);
  if (on === "durable" && definitions.length === 0) {
    console.error(
      `onesocket: ${name} exports no definition: those that its routes use must be exported to get Durable Objects`,
    );
  }
}

/** Disposing alone would show clients 1006. */
async function stop(miniflare: Miniflare, drain: () => Promise<number>): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while ((await drain()) > 0 && performance.now() < end) await sleep(25);
  await miniflare.dispose();
}
