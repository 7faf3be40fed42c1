import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../programs.ts";
import type { EngineServer } from "./engine.ts";

/** Where Debian has one folder for each version. */
const VERSIONS = "/usr/lib/postgresql";

export function hasPostgres(): boolean {
  return existsSync(VERSIONS);
}

/** A PostgreSQL of our own: its signals are those of each of its processes. */
export interface PostgresServer extends EngineServer {
  readonly url: string;
}

const running = new Set<PostgresServer>();

/** Ends all that still run, frozen ones too, and removes what they wrote. */
export async function killPostgres(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const folders: string[] = [];

function numbersOf(name: string): { uid?: number; gid?: number } {
  const number = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: number("-u"), gid: number("-g") };
}

function program(name: string): string {
  const [newest = ""] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  return join(VERSIONS, newest, "bin", name);
}

/** Starts PostgreSQL on 127.0.0.1; resolves when it takes connections. Nobody needs a password but a role that is called `locked`. */
export async function startPostgres(role: "primary" | "standby" = "primary"): Promise<PostgresServer> {
  // It does not run as root.
  const user = process.getuid?.() === 0 ? numbersOf("postgres") : {};
  const folder = mkdtempSync(join(tmpdir(), "onesocket-postgres-"));
  folders.push(folder);
  chmodSync(folder, 0o700);
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
  const data = join(folder, "data");
  const initdb = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8"];
  execFileSync(program("initdb"), initdb, { ...user, cwd: folder, stdio: "pipe" });
  const rules = join(data, "pg_hba.conf");
  writeFileSync(rules, `host all locked 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, "utf8")}`);
  if (role === "standby") writeFileSync(join(data, "standby.signal"), "");
  const port = await freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, "fsync=off"];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const start = async () => {
    const child = spawn(program("postgres"), args, { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    await ready(child);
    return child;
  };
  let child = await start();
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [child.pid!, ...childrenOf(child.pid!)]) send(pid, name);
  };
  const server: PostgresServer = {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: () => child.pid!,
    /** SIGQUIT, its "immediate shutdown": it ends all of its processes. */
    async kill() {
      if (child.exitCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGQUIT");
      signal("SIGCONT");
      await exit;
    },
    async restart() {
      child = await start();
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
  running.add(server);
  return server;
}

/** Not to one that has ended meanwhile: PostgreSQL's processes come and go by themselves. */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

function ready(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(child.stderr!).on("line", (line) => {
      lines.push(line);
      if (/ready to accept (read-only )?connections/.test(line)) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`postgres ended with ${code}:\n${lines.join("\n")}`)));
  });
}
