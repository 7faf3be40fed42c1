import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { certificate } from "../certificate.ts";
import { freePort } from "../programs.ts";
import type { EngineServer } from "./engine.ts";

/** A Redis of our own. */
export interface RedisServer extends EngineServer {
  readonly url: string;
}

/** A replica is served at once: a primary waits for others five seconds. */
const NO_DELAY = { "repl-diskless-sync-delay": "0" };

const running = new Set<RedisServer>();

/** Ends all that still run, frozen ones too. */
export async function killRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

/** Starts redis-server on 127.0.0.1, with settings of redis.conf; resolves when it takes connections. */
export async function startRedis(port?: number, settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const chosen = port ?? (await freePort());
  const options = { port: `${chosen}`, bind: "127.0.0.1", save: "", appendonly: "no", ...NO_DELAY, ...settings };
  // A setting may be several words.
  return start(
    chosen,
    [],
    Object.entries(options).map(([name, value]) => `${name} ${value || '""'}`),
  );
}

/** Starts one that speaks TLS alone, by a certificate of its own. */
export async function startSecureRedis(): Promise<RedisServer & { readonly certificate: Buffer }> {
  const { key, cert } = certificate();
  const folder = mkdtempSync(join(tmpdir(), "onesocket-redis-tls-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
  const port = await freePort();
  const files = [`tls-key-file ${keyFile}`, `tls-cert-file ${certFile}`, "tls-auth-clients no"];
  try {
    const plain = ["port 0", `tls-port ${port}`, "bind 127.0.0.1", 'save ""', "appendonly no"];
    const server = await start(port, [], [...plain, ...files]);
    return { ...server, url: `rediss://localhost:${port}`, certificate: cert };
  } finally {
    // It has read them.
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a Sentinel that watches the primary on a port, and calls it `chat`; one that is silent for two seconds is replaced, and a
 * failover that was given up is tried again four seconds after it began.
 */
export async function startSentinel(primary: number): Promise<RedisServer> {
  const port = await freePort();
  const watch = `sentinel monitor chat 127.0.0.1 ${primary} 1`;
  const soon = ["sentinel down-after-milliseconds chat 2000", "sentinel failover-timeout chat 2000"];
  return start(port, ["--sentinel"], [`port ${port}`, "bind 127.0.0.1", watch, ...soon]);
}

async function start(port: number, args: readonly string[], configuration: readonly string[]): Promise<RedisServer> {
  const begin = async () => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-redis-"));
    const file = join(folder, "redis.conf");
    writeFileSync(file, [...configuration, `dir ${folder}`, ""].join("\n"));
    const child = spawn("redis-server", [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    child.once("close", () => rmSync(folder, { recursive: true, force: true }));
    await ready(child);
    running.add(server);
    child.once("exit", () => running.delete(server));
    return child;
  };
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    pid: () => child.pid!,
    async kill() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
    async restart() {
      child = await begin();
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
  };
  let child = await begin();
  return server;
}

function ready(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(child.stdout!).on("line", (line) => {
      lines.push(line);
      if (/Ready to accept connections|Sentinel ID is/.test(line)) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${lines.join("\n")}`)));
  });
}
