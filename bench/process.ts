import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";

/** One tick of /proc's clocks, in seconds: USER_HZ is 100 on every Linux that Node runs on. */
const TICK = 0.01;

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** User and system time of the server's process and of those that it has started, all of their threads, in seconds. */
  cpuSeconds(): number;
  /** What the process holds in memory, garbage collected before where it can be, in bytes. */
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
 * Starts a program that prints `ready PORT PID` once it listens: the process that does the work. For `restingBytes` it
 * collects its garbage on SIGUSR2, where it can, and says `collected`.
 */
export async function startServer(command: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const lines = createInterface(child.stdout!);
  const [port = 0, pid = 0] = await ready(child, lines, [command, ...args].join(" "));
  return {
    port,
    cpuSeconds: () => cpuSeconds(pid),
    async restingBytes() {
      const collected = once(lines, "line", { signal: AbortSignal.timeout(10_000) });
      child.kill("SIGUSR2");
      await collected;
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

/** proc_pid_stat(5): utime and stime are the 14th and 15th fields; the second may hold spaces, and ends with the last `)`. */
function cpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), ownSeconds(pid));
}

function ownSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
