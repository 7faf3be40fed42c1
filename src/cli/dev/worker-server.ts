import type { Miniflare } from "miniflare";
import { Complaint } from "../complaint.ts";
import type { DevOptions } from "./options.ts";
import { nothingToServe, sleep } from "./runner.ts";
import type { WorkerBundle } from "./worker-bundler.ts";
import type { Inspection } from "./worker-host.ts";
import { workerOptions } from "./worker-options.ts";

/** How long the sockets' closing may take. workerd keeps the connection of some until it is ended: they have their Close by then. */
const DRAIN_MS = 500;

/** What every bundle of a module is served with. */
export interface WorkerSettings {
  readonly Miniflare: typeof Miniflare;
  readonly options: DevOptions;
  /** The path of the runner's own requests. */
  readonly control: string;
  /** Classes of Durable Objects. */
  readonly objects: readonly string[];
}

/** A bundle in workerd, which another can replace; what Durable Objects have stored stays. */
export class WorkerServer {
  readonly #settings: WorkerSettings;
  readonly #miniflare: Miniflare;
  readonly port: number;

  private constructor(settings: WorkerSettings, miniflare: Miniflare, port: number) {
    this.#settings = settings;
    this.#miniflare = miniflare;
    this.port = port;
  }

  /** Rejects with a Complaint when workerd can't load the bundle, or nothing in it can be served. */
  static async start(settings: WorkerSettings, bundle: WorkerBundle, port: number): Promise<WorkerServer> {
    const { Miniflare, objects, options } = settings;
    const miniflare = new Miniflare(workerOptions(bundle, objects, { ...options, port }));
    try {
      const ready = await miniflare.ready.catch((cause) => {
        // workerd has said why, on stderr.
        throw new Complaint(`workerd cannot load ${options.name}`, { cause });
      });
      const server = new WorkerServer(settings, miniflare, Number(ready.port));
      check(await server.#ask<Inspection>("inspect"), settings);
      return server;
    } catch (error) {
      // It rejects with what it could not start for.
      await miniflare.dispose().catch(() => {});
      throw error;
    }
  }

  /** Serves another bundle at the same address, after closing the sockets. Rejects as `start` does, with the sockets left alone. */
  async replace(bundle: WorkerBundle, code: number): Promise<void> {
    const { objects, options } = this.#settings;
    // workerd has but one port for one bundle: another one finds out whether the new bundle can be served at all.
    const trial = await WorkerServer.start(this.#settings, bundle, 0);
    await trial.#miniflare.dispose();
    await this.#drain(code);
    await this.#miniflare.setOptions(workerOptions(bundle, objects, { ...options, port: this.port }));
  }

  async stop(code: number): Promise<void> {
    await this.#drain(code);
    await this.#miniflare.dispose();
  }

  /** Ending workerd alone would show clients 1006. */
  async #drain(code: number): Promise<void> {
    const end = performance.now() + DRAIN_MS;
    while ((await this.#ask<number>(`drain?code=${code}`)) > 0 && performance.now() < end) await sleep(25);
  }

  async #ask<Answer>(what: string): Promise<Answer> {
    const url = `http://runner${this.#settings.control}/${what}`;
    return (await (await this.#miniflare.dispatchFetch(url)).json()) as Answer;
  }
}

function check({ served, definitions, exported }: Inspection, { options, objects }: WorkerSettings): void {
  const { name, on } = options;
  if (served === "nothing") throw nothingToServe(name, exported);
  const twice = definitions.find((definition, index) => definitions.indexOf(definition) !== index);
  if (twice !== undefined)
    throw new Complaint(`${name} exports two definitions that are named ${JSON.stringify(twice)}`);
  if (on !== "durable") return;
  if (definitions.length > objects.length)
    throw new Complaint(`${name} exports ${definitions.length} definitions: --on durable takes ${objects.length}`);
  if (definitions.length === 0) {
    console.error(
      `onesocket: ${name} exports no definition: those that its routes use must be exported to get Durable Objects`,
    );
  }
}
