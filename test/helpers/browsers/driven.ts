import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

/** A browser with one tab, as any can be driven: what is specific to one is asked of that one. */
export interface Driven {
  /** As it names itself, such as "Firefox 153.8". */
  readonly version: string;
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<void>;
  /** Runs a function in the page, with an argument and a result that are JSON. */
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
  close(): Promise<void>;
}

/** The function as an expression that a page evaluates: a promise of JSON. */
export function expression(run: (argument: never) => unknown, argument: unknown): string {
  return `(async () => JSON.stringify([await (${run})(${JSON.stringify(argument)})]))()`;
}

/** What that promise resolves with. */
export function result<Result>(json: string): Result {
  return (JSON.parse(json) as [Result])[0];
}

/** A program, with a folder for its home that is removed when it is stopped. */
export class Program {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  /** A browser goes on without whoever has started it. */
  readonly #kill = (): void => {
    try {
      process.kill(-this.#child.pid!, "SIGKILL");
    } catch {
      // It has gone, or never came.
    }
  };

  constructor(command: string, args: (folder: string) => readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "onesocket-browser-"));
    const { folder } = this;
    // A group of its own: what it has started ends with it.
    this.#child = spawn(command, args(folder), {
      detached: true,
      env: {
        ...process.env,
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_CACHE_HOME: folder,
        XDG_DATA_HOME: folder,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", this.#kill);
  }

  /** The first line of either output that has this in it, its first group. Rejects with all that was said if the program ends before. */
  async says(what: RegExp): Promise<string> {
    const { stdout, stderr } = this.#child;
    return new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => reject(new Error(`ended with ${code}:\n${this.#lines.join("\n")}`)));
      for (const stream of [stdout!, stderr!]) {
        createInterface(stream).on("line", (line) => {
          this.#lines.push(line);
          const [, found] = what.exec(line) ?? [];
          if (found !== undefined) resolve(found);
        });
      }
    });
  }

  async stop(): Promise<void> {
    process.off("exit", this.#kill);
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode === null && signalCode === null && pid) {
      const ended = once(this.#child, "exit");
      this.#kill();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
