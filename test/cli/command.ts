import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export const ROOT: string = `${import.meta.dirname}/../..`;

/** How a command ended, and what it printed. */
export interface Ended {
  /** The exit code, or the signal that it died of. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  /** The first line of stdout; "" when there was none. */
  readonly line: string;
  /** The address in that line. */
  readonly url: string;
  readonly ended: Promise<Ended>;
  /** The next line, on stdout or stderr, that has the text in it; looks on from the last one that was found. */
  said(text: string): Promise<string>;
  /** Sends a signal to the command itself. */
  kill(signal: NodeJS.Signals): void;
  /** Sends it to the command's process group, as a terminal's Ctrl-C does. */
  killGroup(signal: NodeJS.Signals): void;
}

/** How a command is run; each part has a default. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The checkout that it is in. */
  readonly root?: string;
}

/** Runs `onesocket` from its sources. Resolves with its first line on stdout, or when it has ended. */
export function onesocket(args: readonly string[], { root = ROOT, env }: RunOptions = {}): Promise<Running> {
  const main = ["--conditions=onesocket-source", `${root}/src/cli/main.ts`];
  return start(process.execPath, [...main, ...args], env);
}

/** Runs the script of package.json. */
export function npmRun(args: readonly string[]): Promise<Running> {
  return start("npm", ["run", "--silent", "onesocket", "--", ...args]);
}

async function start(command: string, args: readonly string[], env = process.env): Promise<Running> {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]): Ended => ({ code: code ?? signal, stdout, stderr }),
  );
  const lines = linesOf(child.stdout, child.stderr);
  const [data] = await Promise.race([once(child.stdout, "data"), ended.then(() => [""])]);
  const line = String(data).trimEnd();
  return {
    line,
    url: line.split(" ")[1] ?? "",
    ended,
    said: lines,
    kill: (signal) => void child.kill(signal),
    killGroup: (signal) => void process.kill(-child.pid!, signal),
  };
}

/** Finds one line after another in what streams say; rejects with all of it when they end before. */
function linesOf(...streams: readonly Readable[]): (text: string) => Promise<string> {
  const lines: string[] = [];
  const said = new EventEmitter();
  let open = streams.length;
  let next = 0;
  for (const stream of streams) {
    createInterface(stream)
      .on("line", (line) => said.emit("more", lines.push(line)))
      .on("close", () => said.emit("more", open--));
  }
  return async (text) => {
    for (;;) {
      while (next < lines.length) {
        const line = lines[next++]!;
        if (line.includes(text)) return line;
      }
      if (open === 0) throw new Error(`${JSON.stringify(text)} was never said:\n${lines.join("\n")}`);
      await once(said, "more");
    }
  };
}
