import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A server in a process of its own. */
export interface ChildServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What it wrote to its console, line by line. */
  readonly logs: readonly string[];
  stop(): Promise<void>;
}

/** Starts a program that prints `ready PORT` once it listens. Rejects with what it wrote when it ends before that. */
export async function startChild(command: string, args: readonly string[]): Promise<ChildServer> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const logs: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    const read = (line: string) => {
      logs.push(line);
      if (line.startsWith("ready ")) resolve(line.slice(6));
    };
    createInterface(child.stdout!).on("line", read);
    createInterface(child.stderr!).on("line", read);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`${command} ended with ${code}:\n${logs.join("\n")}`)));
  });
  return { url: `http://127.0.0.1:${port}`, logs, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
