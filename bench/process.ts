import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** User and system time of the server's process and of those that it has started, all of their threads, in seconds. */
  cpuSeconds(): number;
  /** Puts it at rest, where it can: garbage is collected, and a Durable Object sleeps. */
  rest(): Promise<void>;
  /** What the process holds in memory, at rest, in bytes. */
  restingBytes(): Promise<number>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// Without listeners for them, signals end a process without `exit`.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/**
 * Starts a program that prints `ready PORT PID` once it listens: the process that does the work. On SIGUSR2 it goes to rest, where
 * it can, and says `rested`.
 */
export async function startServer(command: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const lines = createInterface(child.stdout!);
  const [port = 0, pid = 0] = await ready(child, lines, [command, ...args].join(" "));
  const rest = async () => {
    const rested = once(lines, "line", { signal: AbortSignal.timeout(10_000) });
    child.kill("SIGUSR2");
    await rested;
  };
  return {
    port,
    pid,
    cpuSeconds: () => cpuSeconds(pid),
    rest,
    async restingBytes() {
      await rest();
      return residentBytes(pid);
    },
    stop: () => stop(child),
  };
}

function ready(child: ChildProcess, output: Interface, name: string): Promise<number[]> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}:\n${lines.join("\n")}`));
    const timer = setTimeout(() => fail("did not start in 20 s"), 20_000);
    const read = (line: string) => {
      if (lines.push(line) > 100) lines.shift();
      if (!line.startsWith("ready ")) return;
      clearTimeout(timer);
      resolve(line.slice(6).split(" ").map(Number));
    };
    output.on("line", read);
    createInterface(child.stderr!).on("line", read);
    child.once("error", reject);
    child.once("exit", (code) => fail(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
  await exit;
  clearTimeout(timer);
}

/** CPU seconds of a process and of those that it has started, all of their threads. */
export function cpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), ownSeconds(pid));
}

/** Those of the process alone. By the scheduler, in nanoseconds: the ticks of `stat` are a tenth of a short measurement. */
export function ownSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + nanoseconds(`/proc/${pid}/task/${thread}/schedstat`), 0) / 1e9;
}

function nanoseconds(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").split(" ", 1)[0]);
  } catch {
    // The thread has ended.
    return 0;
  }
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
