import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "vitest";
import { freePort } from "./foreground.ts";

const installed = !spawnSync("redis-server", ["--version"]).error;

/** Tests that need redis-server. Without it, this says so and passes; under CI it must be there. */
export function describeOnRedis(what: string, tests: () => void): void {
  if (installed || process.env.CI) describe(what, tests);
  else
    it(`${what}: was not looked at, for there is no redis-server here`, () =>
      console.warn(`NOT tested: ${what}. redis-server is not installed: apt-get install redis-server`));
}

/** A Redis of our own, that can be treated badly. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

const running = new Set<RedisServer>();

/** Ends all that still run, frozen ones too. */
export async function killRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

/** Starts redis-server on 127.0.0.1; resolves when it takes connections. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const chosen = port ?? (await freePort());
  const options = { port: `${chosen}`, bind: "127.0.0.1", save: "", appendonly: "no" };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  await ready(child);
  const server: RedisServer = {
    port: chosen,
    url: `redis://127.0.0.1:${chosen}`,
    async kill() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
  };
  running.add(server);
  child.once("exit", () => running.delete(server));
  return server;
}

function ready(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(child.stdout!).on("line", (line) => {
      lines.push(line);
      if (line.includes("Ready to accept connections")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${lines.join("\n")}`)));
  });
}
