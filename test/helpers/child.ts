import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A server in a process of its own. */
export interface ChildServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What it wrote to its console, line by line. */
  readonly logs: readonly string[];
  readonly pid: number;
  /** Rejects, with what it wrote, as soon as it has ended without being told to; never resolves. */
  readonly died: Promise<never>;
  /** Ends it. Rejects when it has ended by itself before, as with an uncaught error, or ends with an error now. */
  stop(): Promise<void>;
}

/** Starts a program that prints `ready PORT` once it listens. Rejects with what it wrote when it ends before that. */
export async function startChild(command: string, args: readonly string[]): Promise<ChildServer> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const logs: string[] = [];
  let stopping = false;
  const ended = (how: unknown) => new Error(`${command} ended with ${how}:\n${logs.join("\n")}`);
  const died = new Promise<never>((_, reject) => {
    child.once("close", (code, signal) => {
      if (!stopping) reject(ended(signal ?? code));
    });
  });
  died.catch(() => {});
  const port = await new Promise<string>((resolve, reject) => {
    const read = (line: string) => {
      logs.push(line);
      if (line.startsWith("ready ")) resolve(line.slice(6));
    };
    createInterface(child.stdout!).on("line", read);
    createInterface(child.stderr!).on("line", read);
    child.once("error", reject);
    died.catch(reject);
  });
  const stop = async () => {
    if (hasEnded(child)) return died;
    stopping = true;
    const [code] = await end(child);
    if (code) throw ended(code);
  };
  return { url: `http://127.0.0.1:${port}`, logs, pid: child.pid!, died, stop };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function end(child: ChildProcess): Promise<unknown[]> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  return exit;
}
