import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, PROGRAMS } from "../programs.ts";
import type { EngineServer } from "./engine.ts";

/** A NATS of our own. */
export interface NatsServer extends EngineServer {
  /** Such as `127.0.0.1:4222`. */
  readonly address: string;
  /** Resolves when its log has had these words. */
  logged(words: string): Promise<void>;
}

const running = new Set<NatsServer>();

/** Ends all that still run, frozen ones too. */
export async function killNats(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

/** Starts nats-server on 127.0.0.1, with more lines of its configuration; resolves when it takes connections. */
export async function startNats(port?: number, lines: readonly string[] = []): Promise<NatsServer> {
  const chosen = port ?? (await freePort());
  const begin = async () => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-nats-"));
    const file = join(folder, "nats.conf");
    writeFileSync(file, [`listen: "127.0.0.1:${chosen}"`, ...lines, ""].join("\n"));
    const child = spawn("nats-server", ["-c", file], { env: PROGRAMS, stdio: ["ignore", "ignore", "pipe"] });
    child.once("close", () => rmSync(folder, { recursive: true, force: true }));
    const log = new Log(child);
    await log.has("Server is ready");
    running.add(server);
    child.once("exit", () => running.delete(server));
    return { child, log };
  };
  const server: NatsServer = {
    port: chosen,
    address: `127.0.0.1:${chosen}`,
    pid: () => now.child.pid!,
    logged: (words) => now.log.has(words),
    async kill() {
      const exit = once(now.child, "exit");
      now.child.kill("SIGKILL");
      await exit;
    },
    async restart() {
      now = await begin();
    },
    freeze: () => void now.child.kill("SIGSTOP"),
    thaw: () => void now.child.kill("SIGCONT"),
  };
  let now = await begin();
  return server;
}

/** What a server writes. */
class Log {
  readonly #lines: string[] = [];
  #ended: string | undefined;
  #wake: (() => void)[] = [];

  constructor(child: ChildProcess) {
    createInterface(child.stderr!).on("line", (line) => {
      this.#lines.push(line);
      this.#changed();
    });
    child.once("error", (error) => this.#end(String(error)));
    child.once("exit", (code) => this.#end(`nats-server ended with ${code}`));
  }

  #end(why: string): void {
    this.#ended = why;
    this.#changed();
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Rejects when the server has ended without it. */
  async has(words: string): Promise<void> {
    while (!this.#lines.some((line) => line.includes(words))) {
      if (this.#ended) throw new Error([this.#ended, ...this.#lines].join("\n"));
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}
