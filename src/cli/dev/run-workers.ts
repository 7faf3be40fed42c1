import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Complaint } from "../complaint.ts";
import { findPackage } from "../find-package.ts";
import type { DevOptions } from "./options.ts";
import { closeAtEnd, report, run, sentence } from "./runner.ts";
import { WorkerBundler, WRANGLER_ENV, workerEntry } from "./worker-bundler.ts";
import { WorkerServer } from "./worker-server.ts";

/** Service restart: clients come back at once. */
const SERVICE_RESTART = 1012;

/**
 * Classes of Durable Objects, under --on durable: a class has to be there before the module, which is bundled with it, can
 * tell how many it exports definitions for.
 */
const OBJECTS = Array.from({ length: 32 }, (_, index) => `Rooms${index}`);

await run(async (options) => {
  const { DevEnv, Miniflare } = await wranglersOwn(options);
  const settings = {
    Miniflare,
    options,
    control: `/${randomUUID()}`,
    objects: options.on === "durable" ? OBJECTS : [],
  };
  const bundler = new WorkerBundler(DevEnv, options);
  // esbuild 0.28 (2026-11), whose parent ends while it bundles, prints the state of its threads behind what we said.
  closeAtEnd(() => bundler.close());
  await bundler.start(workerEntry(options.module, settings.control, settings.objects), options.watch);
  const bundle = await bundler.next();
  return async (port) => {
    const server = await WorkerServer.start(settings, bundle, port);
    reload(bundler, server, options).catch(() => {});
    return { port: server.port, stop: (code) => server.stop(code) };
  };
});

/** Serves one new bundle after another. Those that can't be served are told, and leave what serves alone. */
async function reload(bundler: WorkerBundler, server: WorkerServer, options: DevOptions): Promise<never> {
  for (;;) {
    try {
      await server.replace(await bundler.next(), SERVICE_RESTART);
      report({ reloaded: server.port });
    } catch (error) {
      report({ broken: sentence(error, options) });
    }
  }
}

/** wrangler's bundler, and the Miniflare that it brings: they fit each other. */
async function wranglersOwn({ on, module }: DevOptions) {
  const wrangler = findPackage("wrangler", module) ?? findPackage("wrangler", import.meta.filename);
  if (!wrangler) throw new Complaint(`--on ${on} needs wrangler: npm install --save-dev wrangler`);
  const require = createRequire(wrangler);
  const { version } = require("miniflare/package.json") as { version: string };
  if (Number.parseInt(version, 10) < 5)
    throw new Complaint(
      `--on ${on} needs a wrangler that brings Miniflare 5, not ${version}: npm install --save-dev wrangler@latest`,
    );
  Object.assign(process.env, WRANGLER_ENV);
  const { Miniflare } = (await load(require.resolve("miniflare"))) as typeof import("miniflare");
  const { unstable_DevEnv: DevEnv } = (await load(require.resolve("wrangler"))) as typeof import("wrangler");
  if (typeof DevEnv !== "function")
    throw new Complaint(`--on ${on} can't use the bundler of this wrangler: npm install --save-dev wrangler@4.155.0`);
  return { Miniflare, DevEnv };
}

function load(file: string): Promise<unknown> {
  return import(pathToFileURL(file).href);
}
